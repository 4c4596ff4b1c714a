import { z } from 'zod'
import type { FieldDefinition } from './object-definitions.ts'
import type { Fields, Org, OrgRecord } from './org.ts'
import { toLongId, type ObjectName } from './record-id.ts'
import { saveError, type SaveError } from './salesforce-error.ts'

/** The answer for one record of a collection. */
export type SaveResult =
  | { readonly id: string; readonly success: true; readonly created?: boolean; readonly errors: readonly [] }
  | { readonly success: false; readonly errors: readonly SaveError[] }

export const recordBody = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

const saved = (id: string, created?: boolean): SaveResult => ({
  id,
  success: true,
  errors: [],
  ...(created !== undefined && { created }),
})
export const refused = (error: SaveError): SaveResult => ({ success: false, errors: [error] })

/** The name of a field that the object lacks, or that the user does not see. */
export const unknownField = (org: Org, object: ObjectName, fields: Fields): string | undefined =>
  Object.keys(fields).find((name) => !org.fieldsOf(object).has(name.toLowerCase()))

export function insertRecord(org: Org, object: ObjectName, given: Fields): SaveResult {
  const fields = canonical(org, object, given)
  const error =
    org.takeFault(object, fields) ??
    findReadOnly(org, object, fields, 'createable') ??
    findMissing(org, object, fields) ??
    findInvalid(org, object, fields) ??
    findConflict(org, object, fields) ??
    (object === 'CampaignMember' ? refuseMember(org, fields) : undefined)
  return error ? refused(error) : saved(org.insert(object, fields).id, true)
}

export function updateRecord(org: Org, object: ObjectName, id: string, given: Fields): SaveResult {
  const record = org.get(object, id)
  const fields = canonical(org, object, given)
  const error =
    refuseId(id, record) ??
    org.takeFault(object, { ...record?.fields, ...fields }) ??
    refuseConverted(record) ??
    refusePersonName(object, record, fields) ??
    findReadOnly(org, object, fields, 'updateable') ??
    findInvalid(org, object, fields) ??
    findConflict(org, object, fields, record?.id)
  if (error || !record) return refused(error ?? noSuchId)
  org.update(object, record.id, fields)
  return saved(record.id, false)
}

/** More than one record may match where the field is not unique: 300, which the caller tells (2.4). */
export function upsertRecord(
  org: Org,
  object: ObjectName,
  key: { readonly field: string; readonly value: string },
  given: Fields,
): SaveResult {
  const record = org.findByExternalId(object, key.field, key.value)
  return record
    ? updateRecord(org, object, record.id, given)
    : insertRecord(org, object, { ...given, [key.field]: key.value })
}

export function deleteRecord(org: Org, object: ObjectName, id: string): SaveResult {
  const record = org.get(object, id)
  const error = refuseId(id, record) ?? org.takeFault(object, record?.fields ?? {})
  if (error || !record) return refused(error ?? noSuchId)
  org.remove(object, record.id)
  return saved(record.id)
}

const canonical = (org: Org, object: ObjectName, fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      org.fieldsOf(object).get(name.toLowerCase())?.name ?? name,
      value,
    ]),
  )

const noSuchId = saveError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id')

function refuseId(id: string, record: OrgRecord | undefined): SaveError | undefined {
  if (!/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id))
    return saveError('MALFORMED_ID', 'malformed id', ['Id'])
  if (!record) return noSuchId
  return record.deleted ? saveError('ENTITY_IS_DELETED', 'entity is deleted') : undefined
}

const refuseConverted = (record: OrgRecord | undefined): SaveError | undefined =>
  record?.fields['IsConverted'] === true
    ? saveError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead')
    : undefined

const nameFields = ['FirstName', 'LastName', 'Email']

/** Names of a Person Account are those of the account (trap 26). */
function refusePersonName(
  object: ObjectName,
  record: OrgRecord | undefined,
  fields: Fields,
): SaveError | undefined {
  if (object !== 'Contact' || record?.fields['IsPersonAccount'] !== true) return undefined
  const name = nameFields.find((each) => each in fields)
  return name === undefined
    ? undefined
    : saveError('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: ${name}.`, [name])
}

function findReadOnly(
  org: Org,
  object: ObjectName,
  fields: Fields,
  right: 'createable' | 'updateable',
): SaveError | undefined {
  const name = Object.keys(fields).find(
    (each) => org.fieldsOf(object).get(each.toLowerCase())?.[right] === false,
  )
  return name === undefined
    ? undefined
    : saveError(
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${name}. Please check the security settings of this field.`,
        [name],
      )
}

function findMissing(org: Org, object: ObjectName, fields: Fields): SaveError | undefined {
  const missing = [...org.fieldsOf(object).values()].filter(
    ({ name, nillable, createable, type }) =>
      !nillable && createable && type !== 'boolean' && (fields[name] ?? '') === '',
  )
  const names = missing.map(({ name }) => name)
  return names.length === 0
    ? undefined
    : saveError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, names)
}

function findInvalid(org: Org, object: ObjectName, fields: Fields): SaveError | undefined {
  for (const [name, value] of Object.entries(fields)) {
    const definition = org.fieldsOf(object).get(name.toLowerCase())
    if (!definition || typeof value !== 'string' || value === '') continue
    const [code, message] = problemOf(definition, value) ?? []
    if (code !== undefined) return saveError(code, `${name}: ${message}`, [name])
  }
  return undefined
}

function problemOf(definition: FieldDefinition, value: string): [code: string, message: string] | undefined {
  const { type, length, restrictedPicklist, picklistValues } = definition
  if (length > 0 && value.length > length)
    return ['STRING_TOO_LONG', `data value too large: ${value} (max length=${length})`]
  if (type === 'email' && !/^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value))
    return ['INVALID_EMAIL_ADDRESS', `invalid email address: ${value}`]
  if (type === 'double' && Number.isNaN(Number(value)))
    return ['INVALID_TYPE_ON_FIELD_IN_RECORD', `value not of required type: ${value}`]
  if (restrictedPicklist && !picklistValues.some((option) => option.value === value))
    return ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `bad value for restricted picklist field: ${value}`]
  return undefined
}

function findConflict(org: Org, object: ObjectName, fields: Fields, ownId?: string): SaveError | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (org.fieldsOf(object).get(name.toLowerCase())?.unique !== true || value === null) continue
    const holder = org.findByExternalId(object, name, String(value))
    if (holder && holder.id !== ownId)
      return saveError(
        'DUPLICATE_VALUE',
        `duplicate value found: ${name} duplicates value on record with id: ${holder.id}`,
      )
  }
  return undefined
}

/** (CampaignId + ContactId) or (CampaignId + LeadId) is unique; the message carries the existing id (2.4). */
function refuseMember(org: Org, fields: Fields): SaveError | undefined {
  const campaign = org.get('Campaign', String(fields['CampaignId'] ?? ''))
  const contact = String(fields['ContactId'] ?? '')
  const person = contact === '' ? String(fields['LeadId'] ?? '') : contact
  if (person === '')
    return saveError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [ContactId or LeadId]')
  const record = org.get(contact === '' ? 'Lead' : 'Contact', person)
  if (!campaign || !record) return noSuchId
  if (record.deleted || campaign.deleted) return saveError('ENTITY_IS_DELETED', 'entity is deleted')
  const existing = org.findMember(campaign.id, toLongId(person))
  if (existing !== undefined)
    return saveError('DUPLICATE_VALUE', `Already a campaign member. Existing record: ${existing}`)
  return refuseConverted(record)
}

import type { SalesforceContext } from '../config.ts'
import { describe, fieldOf, missingFields, type ObjectDescription } from '../describe.ts'
import type { Row } from '../query.ts'
import type { PersonObject } from '../salesforce-id.ts'
import type { CellValue } from './write-rows.ts'

/** What the org knows of people, and which of the sync's fields it can hold where. */
export interface PersonFields {
  readonly Contact: ObjectDescription
  readonly Lead: ObjectDescription
  /** Fields that a look-up reads: to match by, to follow, to compare with. */
  readonly select: Readonly<Record<PersonObject, readonly string[]>>
}

const matching = ['Id', 'Email', 'IsDeleted', 'MasterRecordId']
const following: Readonly<Record<PersonObject, readonly string[]>> = {
  Contact: ['AccountId', 'IsPersonAccount'],
  Lead: ['IsConverted', 'ConvertedContactId'],
}

/**
 * Looks at what contacts and leads can hold. A field that neither of them has, or that the user does not see, is
 * `platform.permission_missing`, naming it, before anything is sent.
 */
export async function openPersonFields(
  context: SalesforceContext,
  names: readonly string[],
  signal: AbortSignal,
): Promise<PersonFields> {
  const contact = await describe(context, 'Contact', { fresh: false, signal })
  const lead = await describe(context, 'Lead', { fresh: false, signal })
  const nowhere = names.filter((name) => !fieldOf(contact, name) && !fieldOf(lead, name))
  if (nowhere.length > 0) throw missingFields('Contact or Lead', nowhere, 'writing people')
  const select = (object: PersonObject, description: ObjectDescription): readonly string[] => {
    const wanted = [...matching, ...following[object], context.config.external_id_field, ...names]
    return [...new Set(wanted.flatMap((name) => fieldOf(description, name)?.name ?? []))]
  }
  return {
    Contact: contact,
    Lead: lead,
    select: { Contact: select('Contact', contact), Lead: select('Lead', lead) },
  }
}

/** The fields that this object has, by Salesforce's own spelling. `may`: the right that is needed. */
export function fieldsFor(
  description: ObjectDescription,
  values: Readonly<Record<string, CellValue>>,
  may: 'createable' | 'updateable',
): Record<string, CellValue> {
  const denied = Object.keys(values).filter((name) => fieldOf(description, name)?.[may] === false)
  if (denied.length > 0) throw missingFields(description.object, denied, 'writing people')
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const field = fieldOf(description, name)
      return field ? [[field.name, value]] : []
    }),
  )
}

/** Those of the values that differ from what the org holds: an unchanged update still runs automation and moves the time stamp. */
export function changedFields(
  description: ObjectDescription,
  values: Readonly<Record<string, CellValue>>,
  row: Row,
): Record<string, CellValue> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => {
      const present = row[name] ?? null
      const type = fieldOf(description, name)?.type
      if (type === 'datetime' && typeof present === 'string')
        return Date.parse(present) !== Date.parse(String(value))
      return typeof value === 'string' && typeof present === 'number'
        ? Number(value) !== present
        : present !== value
    }),
  )
}

const sameOnAccount = new Set(['FirstName', 'MiddleName', 'LastName', 'Suffix', 'Salutation', 'Phone'])

/** A contact's field as it is written on a Person Account: names on the account itself, custom fields with "__pc" (trap 26). */
export function personAccountField(name: string): string {
  if (sameOnAccount.has(name)) return name
  return name.endsWith('__c') ? name.replace(/__c$/, '__pc') : `Person${name}`
}

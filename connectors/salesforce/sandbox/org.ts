import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import {
  externalIdField,
  personAccountFields,
  standardFields,
  type FieldDefinition,
} from './object-definitions.ts'
import { makeId, prefixes, toLongId, type ObjectName } from './record-id.ts'
import type { SaveError } from './salesforce-error.ts'

export type Value = string | number | boolean | null
export type Fields = Readonly<Record<string, Value>>

/** A record as it stands. Replaced, never changed: queries under way keep what they saw. */
export interface OrgRecord {
  readonly id: string
  readonly fields: Fields
  readonly deleted: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly stamp: number
  /** A long transaction commits after its stamp: until then nobody sees the record. */
  readonly visibleAt: number
}

/** A refusal that strikes the next records that are saved: locks, triggers, validation rules of the org. */
export interface RecordFault {
  readonly object: ObjectName
  readonly error: SaveError
  /** How many records it strikes. Default 1. */
  readonly times?: number
  readonly when?: (fields: Fields) => boolean
}

/** One record that changed, as Change Data Capture sees it. */
export interface OrgChange {
  readonly object: ObjectName
  readonly type: 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE'
  readonly id: string
  readonly fields: Fields
}

export interface OrgOptions {
  readonly clock: Clock
  /** Told of every change. */
  readonly onChange?: (change: OrgChange) => void
  readonly ledger: LedgerEntry[]
  readonly externalIds: readonly string[]
  readonly personAccounts: boolean
}

/** The records of one org, with what its admins and users do to them. */
export class Org {
  readonly #clock: Clock
  readonly #onChange: (change: OrgChange) => void
  readonly #ledger: LedgerEntry[]
  readonly #records = new Map<ObjectName, Map<string, OrgRecord>>()
  readonly #definitions = new Map<ObjectName, Map<string, FieldDefinition>>()
  readonly #externalIndex = new Map<string, string>()
  readonly #memberIndex = new Map<string, string>()
  #faults: { fault: RecordFault; left: number }[] = []
  #count = 0

  constructor({ clock, onChange, ledger, externalIds, personAccounts }: OrgOptions) {
    this.#clock = clock
    this.#onChange = onChange ?? (() => undefined)
    this.#ledger = ledger
    for (const object of objectNames) {
      const extra = personAccounts ? (personAccountFields[object] ?? []) : []
      const own = object === 'Contact' || object === 'Lead' ? externalIds.map(externalIdField) : []
      const fields = [...standardFields[object], ...extra, ...own]
      this.#definitions.set(object, new Map(fields.map((each) => [each.name.toLowerCase(), each])))
      this.#records.set(object, new Map())
    }
  }

  /** Field definitions by lower-case name: what the connected user sees. Take some away to see missing field-level security. */
  fieldsOf(object: ObjectName): Map<string, FieldDefinition> {
    return this.#definitions.get(object) ?? new Map()
  }

  all(object: ObjectName): ReadonlyMap<string, OrgRecord> {
    return this.#records.get(object) ?? new Map()
  }

  get(object: ObjectName, id: string): OrgRecord | undefined {
    return this.#records.get(object)?.get(toLongId(id))
  }

  findByExternalId(object: ObjectName, field: string, value: string): OrgRecord | undefined {
    return this.get(object, this.#externalIndex.get(externalKey(object, field, value)) ?? '')
  }

  findMember(campaign: string, person: string): string | undefined {
    return this.#memberIndex.get(`${toLongId(campaign)}/${toLongId(person)}`)
  }

  insert(
    object: ObjectName,
    fields: Fields,
    more: { readonly at?: number; readonly id?: string; readonly visibleAt?: number } = {},
  ): OrgRecord {
    this.#count += 1
    const at = more.at ?? this.#clock.now()
    const id = more.id ?? makeId(prefixes[object], this.#count)
    const record = { id, fields, deleted: false, createdAt: at, stamp: at, visibleAt: more.visibleAt ?? at }
    this.#store(object, record)
    this.#note('create', object, id)
    this.#onChange({ object, type: 'CREATE', id, fields })
    return record
  }

  update(object: ObjectName, id: string, changes: Fields): OrgRecord | undefined {
    const record = this.get(object, id)
    if (!record) return undefined
    const stamp = this.#clock.now()
    const changed = { ...record, fields: { ...record.fields, ...changes }, stamp, visibleAt: stamp }
    this.#unindex(object, record)
    this.#store(object, changed)
    this.#note('update', object, record.id)
    this.#onChange({ object, type: 'UPDATE', id: record.id, fields: changes })
    return changed
  }

  /** Into the recycle bin. */
  remove(object: ObjectName, id: string, changes: Fields = {}): void {
    const record = this.get(object, id)
    if (!record) return
    const stamp = this.#clock.now()
    this.#unindex(object, record)
    const fields = { ...record.fields, ...changes }
    this.#records.get(object)?.set(record.id, { ...record, fields, deleted: true, stamp, visibleAt: stamp })
    this.#note('delete', object, record.id)
    this.#onChange({ object, type: 'DELETE', id: record.id, fields: {} })
  }

  /** Back out of the recycle bin. */
  restore(object: ObjectName, id: string): void {
    const record = this.get(object, id)
    if (!record) return
    const stamp = this.#clock.now()
    this.#store(object, { ...record, deleted: false, stamp, visibleAt: stamp })
    this.#onChange({ object, type: 'UNDELETE', id: record.id, fields: record.fields })
  }

  /** The recycle bin is emptied: nothing shows the row any more (2.3). */
  purge(object: ObjectName, id: string): void {
    this.remove(object, id)
    this.#records.get(object)?.delete(toLongId(id))
  }

  /** The loser becomes a deleted row that points to the survivor; its memberships move (2.3). */
  merge(object: 'Contact' | 'Lead' | 'Account', survivor: string, loser: string): void {
    this.remove(object, loser, { MasterRecordId: survivor })
    this.update(object, survivor, {})
    for (const member of this.all('CampaignMember').values())
      if (member.fields[`${object}Id`] === loser)
        this.update('CampaignMember', member.id, { [`${object}Id`]: survivor })
  }

  /** The lead becomes read-only and points to its contact; its memberships name both from then on. Returns the contact's id. */
  convertLead(id: string, contactId?: string): string {
    const lead = this.get('Lead', id)
    const { LastName = null, FirstName = null, Email = null } = lead?.fields ?? {}
    const contact = contactId ?? this.insert('Contact', { LastName, FirstName, Email }).id
    this.update('Lead', id, { IsConverted: true, ConvertedContactId: contact, Status: 'Qualified' })
    for (const member of this.all('CampaignMember').values())
      if (member.fields['LeadId'] === id) this.update('CampaignMember', member.id, { ContactId: contact })
    return contact
  }

  refuse(fault: RecordFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 })
  }

  /** The refusal that strikes this record, if any; counts it. */
  takeFault(object: ObjectName, fields: Fields): SaveError | undefined {
    const hit = this.#faults.find(
      ({ fault, left }) => left > 0 && fault.object === object && (fault.when?.(fields) ?? true),
    )
    if (!hit) return undefined
    hit.left -= 1
    this.#faults = this.#faults.filter(({ left }) => left > 0)
    return hit.fault.error
  }

  /** The value of a field, system fields and parents ("Campaign.Type") included. */
  value(object: ObjectName, record: OrgRecord, name: string): Value {
    const [parent = '', ...rest] = name.split('.')
    if (rest.length > 0) return this.#parentValue(object, record, parent, rest.join('.'))
    const system = systemValue(record, name.toLowerCase())
    if (system !== undefined) return system
    const definition = this.fieldsOf(object).get(name.toLowerCase())
    return record.fields[definition?.name ?? name] ?? (definition?.type === 'boolean' ? false : null)
  }

  #parentValue(object: ObjectName, record: OrgRecord, parent: string, field: string): Value {
    const definition = [...this.fieldsOf(object).values()].find(
      ({ relationshipName }) => relationshipName?.toLowerCase() === parent.toLowerCase(),
    )
    const id = definition ? record.fields[definition.name] : null
    const target = objectNames.find((each) => typeof id === 'string' && id.startsWith(prefixes[each]))
    const found = target && typeof id === 'string' ? this.get(target, id) : undefined
    return target && found ? this.value(target, found, field) : null
  }

  #store(object: ObjectName, record: OrgRecord): void {
    this.#records.get(object)?.set(record.id, record)
    if (record.deleted) return
    for (const [key, value] of this.#keysOf(object, record)) this.#indexFor(object).set(key, value)
  }

  #unindex(object: ObjectName, record: OrgRecord): void {
    for (const [key, id] of this.#keysOf(object, record))
      if (this.#indexFor(object).get(key) === id) this.#indexFor(object).delete(key)
  }

  #indexFor(object: ObjectName): Map<string, string> {
    return object === 'CampaignMember' ? this.#memberIndex : this.#externalIndex
  }

  #keysOf(object: ObjectName, { id, fields }: OrgRecord): [string, string][] {
    if (object === 'CampaignMember')
      return ['ContactId', 'LeadId'].flatMap((name): [string, string][] =>
        fields[name] ? [[`${String(fields['CampaignId'])}/${toLongId(String(fields[name]))}`, id]] : [],
      )
    return [...this.fieldsOf(object).values()].flatMap((definition): [string, string][] => {
      const value = definition.unique ? fields[definition.name] : null
      return value ? [[externalKey(object, definition.name, String(value)), id]] : []
    })
  }

  #note(operation: string, target: ObjectName, id: string): void {
    this.#ledger.push({ at: this.#clock.now(), operation, target, members: [id] })
  }
}

/** Unique text fields are compared without their case. */
const externalKey = (object: string, field: string, value: string): string =>
  `${object}/${field.toLowerCase()}/${value.toLowerCase()}`

function systemValue(record: OrgRecord, name: string): Value | undefined {
  switch (name) {
    case 'id':
      return record.id
    case 'isdeleted':
      return record.deleted
    case 'createddate':
      return toTime(record.createdAt)
    case 'systemmodstamp':
    case 'lastmodifieddate':
      return toTime(record.stamp)
    default:
      return undefined
  }
}

/** "2026-11-22T10:00:00.000+0000". */
const toTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000')

export const objectNames: readonly ObjectName[] = [
  'Contact',
  'Lead',
  'Account',
  'Opportunity',
  'Campaign',
  'CampaignMember',
  'Task',
  'Individual',
  'ContactPointTypeConsent',
]

/** The object of this name, whatever its case. */
export const toObjectName = (name: string): ObjectName | undefined =>
  objectNames.find((object) => object.toLowerCase() === name.toLowerCase())

import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import { standardProperties, textProperty, type PropertyDefinition } from './property-definitions.ts'
import { createUniqueIndex, type UniqueIndex } from './unique-index.ts'

export type Properties = Readonly<Record<string, string>>

/** One record of the sandbox. Ids are decimal, ascending; values are texts, an emptied property is absent. */
export interface SandboxRecord {
  readonly id: string
  readonly properties: Properties
  readonly createdAt: number
  readonly updatedAt: number
  /** Set while it lies in the recycle bin. */
  readonly archivedAt: number | null
  /** Ids that were merged into this contact. */
  readonly mergedIds: readonly string[]
  /** Earlier versions, latest first: what the lagging search index may still show. */
  readonly earlier: readonly { readonly updatedAt: number; readonly properties: Properties }[]
}

/** What happens to the lists when contacts go away or get a new id. */
export interface MembershipHooks {
  onGone(id: string): void
  onMerged(oldIds: readonly string[], newId: string): void
}

/** Of an account without custom properties. */
const contactKind = (): RecordKind => ({ type: 'contacts', definitions: standardProperties('contacts') })

const noun = { contacts: 'contact', companies: 'company', deals: 'deal' } as const
const oldVersions = 3

/** What kind of records a store holds. */
export interface RecordKind {
  /** As the API's paths name it. */
  readonly type: 'contacts' | 'companies' | 'deals'
  readonly definitions: Map<string, PropertyDefinition>
}

/** All records of one kind, their former ids and their unique values. */
export class RecordStore {
  readonly type: RecordKind['type']
  readonly definitions: Map<string, PropertyDefinition>
  readonly #clock: Clock
  readonly #ledger: LedgerEntry[]
  readonly #hooks: MembershipHooks
  readonly #contacts = new Map<string, SandboxRecord>()
  readonly #aliases = new Map<string, string>()
  readonly #blocked = new Set<string>()
  readonly #unique: UniqueIndex
  #lastId = 100
  #ordered: Record<'live' | 'archived', readonly number[]> | undefined

  constructor(clock: Clock, ledger: LedgerEntry[], hooks: MembershipHooks, kind = contactKind()) {
    this.type = kind.type
    this.definitions = kind.definitions
    this.#unique = createUniqueIndex(kind.definitions)
    this.#clock = clock
    this.#ledger = ledger
    this.#hooks = hooks
  }

  /** Live and archived contacts by present id. */
  get all(): ReadonlyMap<string, SandboxRecord> {
    return this.#contacts
  }

  /** By id or, after a merge, by a former id. Archived contacts are not found. */
  get(id: string): SandboxRecord | undefined {
    return this.getExact(this.#aliases.get(id) ?? id)
  }

  /** By present id only. */
  getExact(id: string): SandboxRecord | undefined {
    const contact = this.#contacts.get(id)
    return contact?.archivedAt === null ? contact : undefined
  }

  findByUnique(property: string, value: string): SandboxRecord | undefined {
    const id = this.#unique.find(property, value)
    return id === undefined ? undefined : this.getExact(id)
  }

  /** Another contact that holds one of these unique values already. */
  findConflict(properties: Properties, exceptId?: string): SandboxRecord | undefined {
    for (const [name, value] of Object.entries(properties)) {
      const holder = value === '' ? undefined : this.#unique.find(name, value)
      if (holder !== undefined && holder !== exceptId) return this.getExact(holder)
    }
    return undefined
  }

  /** True for an address that was erased for privacy: it can never be added again (chapter 1.7). */
  isBlocked(email: string): boolean {
    return this.#blocked.has(email.toLowerCase())
  }

  block(email: string): void {
    this.#blocked.add(email.toLowerCase())
  }

  /** Properties that the account lacks are defined as plain texts: routes refuse unknown ones before, seeds are trusted. */
  create(properties: Properties, given: { id?: string; at?: number } = {}): SandboxRecord {
    const { id = String(this.#lastId + 1), at = this.#clock.now() } = given
    for (const name of Object.keys(properties))
      if (!this.definitions.has(name)) this.definitions.set(name, textProperty(name))
    this.#note(`${noun[this.type]}_create`, id)
    return this.#insert({
      id,
      properties: clean(properties),
      createdAt: at,
      updatedAt: at,
      archivedAt: null,
      mergedIds: [],
      earlier: [],
    })
  }

  update(id: string, properties: Properties, at: number = this.#clock.now()): SandboxRecord {
    const contact = this.#mustGet(id)
    const { updatedAt, earlier } = contact
    this.#note(`${noun[this.type]}_update`, id)
    return this.#put({
      ...contact,
      properties: clean({ ...contact.properties, ...properties }),
      updatedAt: at,
      earlier: [{ updatedAt, properties: contact.properties }, ...earlier].slice(0, oldVersions),
    })
  }

  /** Into the recycle bin, off all lists. */
  archive(id: string): void {
    this.#put({ ...this.#mustGet(id), archivedAt: this.#clock.now() })
    this.#hooks.onGone(id)
    this.#note(`${noun[this.type]}_archive`, id)
  }

  /** Gone for good; nothing of it stays. */
  erase(id: string): void {
    this.#remove(this.#mustGet(id))
    this.#note(`${noun[this.type]}_gdpr_delete`, id)
  }

  /** Both contacts become one under a new id (chapter 1.3), which is returned. */
  merge(primaryId: string, otherId: string): SandboxRecord {
    const [primary, other] = [this.#mustGet(primaryId), this.#mustGet(otherId)]
    const id = String(this.#lastId + 1)
    const mergedIds = [primaryId, otherId, ...primary.mergedIds, ...other.mergedIds]
    this.#hooks.onMerged([primaryId, otherId], id)
    this.#remove(primary)
    this.#remove(other)
    for (const oldId of mergedIds) this.#aliases.set(oldId, id)
    this.#note(`${noun[this.type]}_merge`, id)
    return this.#insert({
      id,
      properties: mergeProperties(primary, other),
      createdAt: Math.min(primary.createdAt, other.createdAt),
      updatedAt: this.#clock.now(),
      archivedAt: null,
      mergedIds,
      earlier: [],
    })
  }

  /** At most `count` live or archived contacts in order of id, from the first whose id is at least `fromId`. */
  page(archived: boolean, fromId: number, count: number): readonly SandboxRecord[] {
    this.#ordered ??= orderIds(this.#contacts)
    const ids = this.#ordered[archived ? 'archived' : 'live']
    const start = firstAtLeast(ids, fromId)
    return ids.slice(start, start + count).flatMap((id) => this.#contacts.get(String(id)) ?? [])
  }

  #mustGet(id: string): SandboxRecord {
    const contact = this.getExact(id)
    if (!contact) throw new Error(`contact ${id} is not there`)
    return contact
  }

  #insert(contact: SandboxRecord): SandboxRecord {
    this.#lastId = Math.max(this.#lastId, Number(contact.id))
    return this.#put(contact)
  }

  #put(contact: SandboxRecord): SandboxRecord {
    const before = this.#contacts.get(contact.id)
    if (before) this.#unique.remove(before)
    if (before?.archivedAt !== contact.archivedAt) this.#ordered = undefined
    this.#contacts.set(contact.id, contact)
    if (contact.archivedAt === null) this.#unique.add(contact)
    return contact
  }

  #remove(contact: SandboxRecord): void {
    this.#unique.remove(contact)
    this.#contacts.delete(contact.id)
    this.#ordered = undefined
    this.#hooks.onGone(contact.id)
  }

  #note(operation: string, id: string): void {
    this.#ledger.push({ at: this.#clock.now(), operation, target: this.type, members: [id] })
  }
}

function orderIds(
  contacts: ReadonlyMap<string, SandboxRecord>,
): Record<'live' | 'archived', readonly number[]> {
  const sorted = [...contacts.values()].sort((a, b) => Number(a.id) - Number(b.id))
  const idsWhere = (archived: boolean): number[] =>
    sorted.filter((contact) => (contact.archivedAt !== null) === archived).map(({ id }) => Number(id))
  return { live: idsWhere(false), archived: idsWhere(true) }
}

function firstAtLeast(sorted: readonly number[], wanted: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** HubSpot keeps e-mail addresses in lower case, and an empty value clears the property. */
function clean(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, name === 'email' ? value.trim().toLowerCase() : value]),
  )
}

function mergeProperties(primary: SandboxRecord, other: SandboxRecord): Properties {
  const secondary = [primary, other]
    .flatMap(({ properties }) => (properties['hs_additional_emails'] ?? '').split(';'))
    .concat(other.properties['email'] ?? '')
    .filter((email) => email !== '' && email !== primary.properties['email'])
  return clean({
    ...other.properties,
    ...primary.properties,
    hs_additional_emails: [...new Set(secondary)].join(';'),
  })
}

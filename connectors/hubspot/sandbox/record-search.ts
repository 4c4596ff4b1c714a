import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid } from './hubspot-error.ts'
import { recordPath } from './record-path.ts'
import type { RecordStore, SandboxRecord } from './record-store.ts'
import { recordView, valueOf } from './record-view.ts'

const filterSchema = z.object({
  propertyName: z.string(),
  operator: z.enum([
    'EQ',
    'NEQ',
    'LT',
    'LTE',
    'GT',
    'GTE',
    'BETWEEN',
    'IN',
    'NOT_IN',
    'HAS_PROPERTY',
    'NOT_HAS_PROPERTY',
    'CONTAINS_TOKEN',
  ]),
  value: z.string().optional(),
  highValue: z.string().optional(),
  values: z.array(z.string()).optional(),
})
type Filter = z.output<typeof filterSchema>

const searchBody = z.object({
  filterGroups: z.array(z.object({ filters: z.array(filterSchema) })).default([]),
  sorts: z
    .array(z.object({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']) }))
    .default([]),
  properties: z.array(z.string()).default([]),
  limit: z.int().default(10),
  after: z.string().default('0'),
})
type Search = z.output<typeof searchBody>

/** Limits of object search (chapter 1.3). */
const limits = { results: 10_000, page: 200, body: 3000, groups: 5, filtersPerGroup: 6, filters: 18 } as const

/** What the search index shows: it lags behind the store by `lagMs` (chapter 1.3: seconds, sometimes minutes). */
export interface SearchIndex {
  lagMs: number
}

/** Object search, with its caps and its lagging index. Archived contacts are not in its results. */
export function recordSearchRoute(store: RecordStore, index: SearchIndex, clock: Clock): SandboxRoute {
  return {
    method: 'POST',
    pattern: new RegExp(`^${recordPath(store.type)}/search$`),
    answer({ body, text }) {
      if (text.length > limits.body) return invalid(`The request body is over ${limits.body} characters`)
      const parsed = searchBody.safeParse(body)
      if (!parsed.success) return invalid('Invalid input JSON')
      return refuseSearch(parsed.data, store) ?? runSearch(store, parsed.data, clock.now() - index.lagMs)
    },
  }
}

function refuseSearch(search: Search, store: RecordStore): SandboxReply | undefined {
  const groups = search.filterGroups
  const named = [...groups.flatMap(({ filters }) => filters), ...search.sorts].map(
    (part) => part.propertyName,
  )
  const unknown = named.find((name) => !store.definitions.has(name))
  if (unknown !== undefined) return invalid(`There is no property ${unknown}`, 'PROPERTY_DOESNT_EXIST')
  if (groups.length > limits.groups) return invalid('Too many filter groups')
  if (groups.some(({ filters }) => filters.length > limits.filtersPerGroup))
    return invalid('Too many filters')
  if (groups.flatMap(({ filters }) => filters).length > limits.filters) return invalid('Too many filters')
  if (search.sorts.length > 1) return invalid('Only one sort is allowed')
  if (search.limit < 1 || search.limit > limits.page)
    return invalid(`limit must be between 1 and ${limits.page}`)
  if (!/^\d+$/.test(search.after)) return invalid('after must be a numeric string')
  if (Number(search.after) >= limits.results)
    return invalid(`The paging cursor is beyond the first ${limits.results} results`)
  return undefined
}

function runSearch(store: RecordStore, search: Search, seenUntil: number): SandboxReply {
  const typeOf = (name: string): string => store.definitions.get(name)?.type ?? 'string'
  const groups = search.filterGroups.map(({ filters }) =>
    filters.map((filter) => compileFilter(filter, typeOf)),
  )
  const hits: SandboxRecord[] = []
  for (const contact of store.all.values()) {
    const indexed = asIndexed(contact, seenUntil)
    if (!indexed) continue
    if (groups.length === 0 || groups.some((group) => group.every((holds) => holds(indexed))))
      hits.push(indexed)
  }
  const sorted = sortHits(hits, search, typeOf)
  const from = Number(search.after)
  const to = from + search.limit
  const more = to < sorted.length
  return {
    status: 200,
    body: {
      total: sorted.length,
      results: sorted.slice(from, to).map((contact) => recordView(contact, search.properties)),
      ...(more && { paging: { next: { after: String(to) } } }),
    },
  }
}

/** The version that the index shows at that instant, if it knows the contact at all. */
function asIndexed(contact: SandboxRecord, seenUntil: number): SandboxRecord | undefined {
  if (contact.archivedAt !== null) return undefined
  if (contact.updatedAt <= seenUntil) return contact
  const earlier = contact.earlier.find(({ updatedAt }) => updatedAt <= seenUntil)
  return earlier && { ...contact, ...earlier }
}

function sortHits(
  hits: readonly SandboxRecord[],
  search: Search,
  typeOf: (name: string) => string,
): SandboxRecord[] {
  const { propertyName, direction } = search.sorts[0] ?? {
    propertyName: 'createdate',
    direction: 'DESCENDING',
  }
  const sign = direction === 'ASCENDING' ? 1 : -1
  const keyed = hits.map((contact) => ({
    contact,
    key: comparable(valueOf(contact, propertyName), typeOf(propertyName)),
  }))
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ contact }) => contact)
}

type Comparable = number | string

/** Dates compare as epoch milliseconds, which filters give as text; numbers as numbers; texts without case. */
function comparable(value: string | number | undefined, type: string): Comparable {
  if (typeof value === 'number') return value
  if (value === undefined) return type === 'datetime' || type === 'number' ? Number.NEGATIVE_INFINITY : ''
  if (type === 'datetime') return /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  return type === 'number' ? Number(value) : value.toLowerCase()
}

function compare(a: Comparable, b: Comparable): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}

type Condition = (contact: SandboxRecord) => boolean

/** Turns a filter into a test of one contact. String values of IN must be given in lower case: others never match. */
function compileFilter(filter: Filter, typeOf: (name: string) => string): Condition {
  const { propertyName: name, operator, values = [] } = filter
  const type = typeOf(name)
  const lower = (contact: SandboxRecord): string => {
    const text = String(valueOf(contact, name) ?? '')
    return type === 'string' ? text.toLowerCase() : text
  }
  const has: Condition = (contact) => valueOf(contact, name) !== undefined
  switch (operator) {
    case 'HAS_PROPERTY':
      return has
    case 'NOT_HAS_PROPERTY':
      return (contact) => !has(contact)
    case 'IN':
      return (contact) => has(contact) && values.includes(lower(contact))
    case 'NOT_IN':
      return (contact) => !has(contact) || !values.includes(lower(contact))
    case 'CONTAINS_TOKEN': {
      const token = (filter.value ?? '').toLowerCase()
      return (contact) =>
        lower(contact)
          .split(/[\s;,]+/)
          .includes(token)
    }
    default:
      return compileOrder(filter, type)
  }
}

const orderTests: Readonly<Partial<Record<Filter['operator'], (low: number, high: number) => boolean>>> = {
  EQ: (low) => low === 0,
  NEQ: (low) => low !== 0,
  LT: (low) => low < 0,
  LTE: (low) => low <= 0,
  GT: (low) => low > 0,
  GTE: (low) => low >= 0,
  BETWEEN: (low, high) => low >= 0 && high <= 0,
}

/** Comparisons. Enumerations are compared with their case. A contact without the value only passes NEQ. */
function compileOrder({ propertyName, operator, value, highValue }: Filter, type: string): Condition {
  const toKey = (raw: string | number): Comparable => (type === 'enumeration' ? raw : comparable(raw, type))
  const low = toKey(value ?? '')
  const high = toKey(highValue ?? '')
  const test = orderTests[operator]
  return (contact) => {
    const raw = valueOf(contact, propertyName)
    if (raw === undefined || !test) return operator === 'NEQ'
    const key = toKey(raw)
    return test(compare(key, low), compare(key, high))
  }
}

import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { contactsPath } from './contact-routes.ts'
import type { ContactStore, Properties, SandboxContact } from './contact-store.ts'
import { allProperties, contactView } from './contact-view.ts'
import { invalid } from './hubspot-error.ts'

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
export function contactSearchRoute(store: ContactStore, index: SearchIndex, clock: Clock): SandboxRoute {
  return {
    method: 'POST',
    pattern: new RegExp(`^${contactsPath}/search$`),
    answer({ body, text }) {
      if (text.length > limits.body) return invalid(`The request body is over ${limits.body} characters`)
      const parsed = searchBody.safeParse(body)
      if (!parsed.success) return invalid('Invalid input JSON')
      return refuseSearch(parsed.data) ?? runSearch(store, parsed.data, clock.now() - index.lagMs)
    },
  }
}

function refuseSearch(search: Search): SandboxReply | undefined {
  const groups = search.filterGroups
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

function runSearch(store: ContactStore, search: Search, seenUntil: number): SandboxReply {
  const typeOf = (name: string): string => store.definitions.get(name)?.type ?? 'string'
  const hits: SandboxContact[] = []
  for (const contact of store.all.values()) {
    const indexed = asIndexed(contact, seenUntil)
    if (!indexed) continue
    const values = allProperties(indexed)
    const matches = ({ filters }: { filters: Filter[] }): boolean =>
      filters.every((filter) => holds(filter, values, typeOf(filter.propertyName)))
    if (search.filterGroups.length === 0 || search.filterGroups.some(matches)) hits.push(indexed)
  }
  const sorted = sortHits(hits, search, typeOf)
  const from = Number(search.after)
  const to = from + search.limit
  const more = to < sorted.length
  return {
    status: 200,
    body: {
      total: sorted.length,
      results: sorted.slice(from, to).map((contact) => contactView(contact, search.properties)),
      ...(more && { paging: { next: { after: String(to) } } }),
    },
  }
}

/** The version that the index shows at that instant, if it knows the contact at all. */
function asIndexed(contact: SandboxContact, seenUntil: number): SandboxContact | undefined {
  if (contact.archivedAt !== null) return undefined
  if (contact.updatedAt <= seenUntil) return contact
  const earlier = contact.earlier.find(({ updatedAt }) => updatedAt <= seenUntil)
  return earlier && { ...contact, ...earlier }
}

function sortHits(
  hits: readonly SandboxContact[],
  search: Search,
  typeOf: (name: string) => string,
): SandboxContact[] {
  const { propertyName, direction } = search.sorts[0] ?? {
    propertyName: 'createdate',
    direction: 'DESCENDING',
  }
  const sign = direction === 'ASCENDING' ? 1 : -1
  const keyed = hits.map((contact) => ({
    contact,
    key: comparable(allProperties(contact)[propertyName], typeOf(propertyName)),
  }))
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ contact }) => contact)
}

type Comparable = number | string

/** Dates compare as epoch milliseconds, which filters give as text; numbers as numbers; texts without case. */
function comparable(value: string | undefined, type: string): Comparable {
  if (value === undefined) return type === 'datetime' || type === 'number' ? Number.NEGATIVE_INFINITY : ''
  if (type === 'datetime') return /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  return type === 'number' ? Number(value) : value.toLowerCase()
}

function compare(a: Comparable, b: Comparable): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}

function holds(filter: Filter, values: Properties, type: string): boolean {
  const raw = values[filter.propertyName]
  if (filter.operator === 'HAS_PROPERTY') return raw !== undefined
  if (filter.operator === 'NOT_HAS_PROPERTY') return raw === undefined
  if (filter.operator === 'NOT_IN') return raw === undefined || !isIn(filter, raw, type)
  if (raw === undefined) return filter.operator === 'NEQ'
  if (filter.operator === 'IN') return isIn(filter, raw, type)
  if (filter.operator === 'CONTAINS_TOKEN')
    return raw
      .toLowerCase()
      .split(/[\s;,]+/)
      .includes((filter.value ?? '').toLowerCase())
  return holdsOrder(filter, type === 'enumeration' ? raw : comparable(raw, type), type)
}

/** String values of IN must be given in lower case: others never match. */
function isIn(filter: Filter, raw: string, type: string): boolean {
  const wanted = type === 'string' ? raw.toLowerCase() : raw
  return (filter.values ?? []).includes(wanted)
}

function holdsOrder(filter: Filter, actual: Comparable, type: string): boolean {
  const bound = (value: string | undefined): Comparable =>
    type === 'enumeration' ? (value ?? '') : comparable(value ?? '', type)
  const order = compare(actual, bound(filter.value))
  switch (filter.operator) {
    case 'EQ':
      return order === 0
    case 'NEQ':
      return order !== 0
    case 'LT':
      return order < 0
    case 'LTE':
      return order <= 0
    case 'GT':
      return order > 0
    case 'GTE':
      return order >= 0
    case 'BETWEEN':
      return order >= 0 && compare(actual, bound(filter.highValue)) <= 0
    default:
      return false
  }
}

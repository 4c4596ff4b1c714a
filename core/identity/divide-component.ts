/** Why records are one person: they hold one value, or somebody said so. */
export interface IdentityTie {
  readonly records: readonly number[]
  /** The lower, the more trusted; equal ranks count in the order of their records. Below 0, no limit stands against it. */
  readonly rank: number
}

/** Records that are tied among each other, directly or through others. */
export interface TiedRecords {
  readonly records: readonly number[]
  readonly ties: readonly IdentityTie[]
  readonly identifiers: readonly {
    readonly recordId: number
    readonly kind: string
    readonly value: string
  }[]
  /** Pairs that a person said are two people. */
  readonly splits: readonly (readonly [number, number])[]
}

/** Most values of a kind that one profile may hold; a kind that is not named has no limit. */
export type IdentifierLimits = ReadonlyMap<string, number>

/**
 * Divides tied records into profiles that keep the limits and the splits: ties are followed from the most to the least trusted, and a
 * record that would break a limit, or bring a split pair together, stays outside. Returns for each record the smallest record of its
 * profile. The answer depends on what is told alone, not on its order.
 */
export function divideComponent(
  component: TiedRecords,
  limits: IdentifierLimits,
): ReadonlyMap<number, number> {
  const groups = startGroups(component, limits)
  for (const { records, rank } of component.ties.map(withSortedRecords).toSorted(byTrust)) {
    let apart: Group[] = []
    for (const record of records) apart = addTo(apart, record, { groups, limits: rank < 0 ? none : limits })
  }
  return new Map(
    component.records.map((record) => [record, smallest(groups.get(record)?.records ?? [record])]),
  )
}

const none: IdentifierLimits = new Map()

interface Group {
  readonly records: number[]
  /** Values by limited kind. */
  readonly values: Map<string, Set<string>>
  /** Records that must stay outside. */
  readonly foes: Set<number>
}

interface Joining {
  readonly groups: Map<number, Group>
  readonly limits: IdentifierLimits
}

function startGroups(
  { records, identifiers, splits }: TiedRecords,
  limits: IdentifierLimits,
): Map<number, Group> {
  const groups = new Map(
    records.map((record): [number, Group] => [
      record,
      { records: [record], values: new Map(), foes: new Set() },
    ]),
  )
  for (const { recordId, kind, value } of identifiers) {
    const values = groups.get(recordId)?.values
    if (values && limits.has(kind)) values.set(kind, (values.get(kind) ?? new Set()).add(value))
  }
  for (const [one, other] of splits) {
    groups.get(one)?.foes.add(other)
    groups.get(other)?.foes.add(one)
  }
  return groups
}

const withSortedRecords = ({ records, rank }: IdentityTie): IdentityTie => ({
  records: records.toSorted((a, b) => a - b),
  rank,
})

function byTrust(one: IdentityTie, other: IdentityTie): number {
  if (one.rank !== other.rank) return one.rank - other.rank
  for (const [at, record] of one.records.entries()) {
    const difference = record - (other.records[at] ?? -1)
    if (difference !== 0) return difference
  }
  return one.records.length - other.records.length
}

/** Joins a record's group with each of those that it may be joined with. Returns the groups that stay apart, the first to come first. */
function addTo(apart: readonly Group[], record: number, joining: Joining): Group[] {
  let group = joining.groups.get(record)
  if (!group || apart.includes(group)) return [...apart]
  const others: Group[] = []
  let place: number | undefined
  for (const other of apart) {
    if (mayJoin(group, other, joining)) {
      group = join(group, other, joining.groups)
      place ??= others.length
    } else others.push(other)
  }
  return others.toSpliced(place ?? others.length, 0, group)
}

function mayJoin(one: Group, other: Group, { groups, limits }: Joining): boolean {
  for (const foe of one.foes) if (groups.get(foe) === other) return false
  for (const [kind, limit] of limits) {
    const values = one.values.get(kind) ?? empty
    const added = other.values.get(kind) ?? empty
    // A side that is over the limit by itself came so from its source; it takes nothing more that is new.
    if (values.union(added).size > Math.max(limit, values.size, added.size)) return false
  }
  return true
}

const empty: ReadonlySet<string> = new Set()

/** The smaller group moves into the larger one, so that no record moves often. */
function join(one: Group, other: Group, groups: Map<number, Group>): Group {
  const [large, small] = one.records.length < other.records.length ? [other, one] : [one, other]
  for (const record of small.records) {
    large.records.push(record)
    groups.set(record, large)
  }
  for (const [kind, values] of small.values) {
    const known = large.values.get(kind) ?? new Set()
    for (const value of values) known.add(value)
    large.values.set(kind, known)
  }
  for (const foe of small.foes) large.foes.add(foe)
  return large
}

const smallest = (records: readonly number[]): number =>
  records.reduce((least, record) => Math.min(least, record), Infinity)

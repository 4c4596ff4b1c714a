/** Why two records are one person. The lower `rank`, the more trusted; equal ranks count in the order of the records. */
export interface IdentityLink {
  readonly left: number
  readonly right: number
  readonly rank: number
}

/** Records that are linked among each other, directly or through others. */
export interface LinkedRecords {
  readonly records: readonly number[]
  readonly links: readonly IdentityLink[]
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
 * Divides linked records into profiles that keep the limits and the splits: links are followed from the most to the least trusted, and
 * one that would break a limit, or bring a split pair together, is left out. Returns for each record the smallest record of its profile.
 * The answer depends on the records alone, not on the order in which they arrived.
 */
export function divideComponent(
  component: LinkedRecords,
  limits: IdentifierLimits,
): ReadonlyMap<number, number> {
  const groups = new Map(component.records.map((record) => [record, startGroup(record, component, limits)]))
  for (const { left, right } of component.links.toSorted(byTrust)) {
    const [one, other] = [groups.get(left), groups.get(right)]
    if (!one || !other || one === other || !mayJoin(one, other, limits)) continue
    const joined = join(one, other)
    for (const record of joined.records) groups.set(record, joined)
  }
  return new Map(
    component.records.map((record) => [record, smallest(groups.get(record)?.records ?? [record])]),
  )
}

interface Group {
  readonly records: readonly number[]
  /** Values by limited kind. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  /** Records that must stay outside. */
  readonly foes: ReadonlySet<number>
}

function startGroup(record: number, component: LinkedRecords, limits: IdentifierLimits): Group {
  const own = component.identifiers.filter(({ recordId, kind }) => recordId === record && limits.has(kind))
  const byKind = Map.groupBy(own, ({ kind }) => kind)
  return {
    records: [record],
    values: new Map([...byKind].map(([kind, list]) => [kind, new Set(list.map(({ value }) => value))])),
    foes: new Set(component.splits.flatMap(([a, b]) => (a === record ? [b] : b === record ? [a] : []))),
  }
}

const byTrust = (one: IdentityLink, other: IdentityLink): number =>
  one.rank - other.rank ||
  Math.min(one.left, one.right) - Math.min(other.left, other.right) ||
  Math.max(one.left, one.right) - Math.max(other.left, other.right)

function mayJoin(one: Group, other: Group, limits: IdentifierLimits): boolean {
  if (one.records.some((record) => other.foes.has(record))) return false
  return [...limits].every(([kind, limit]) => {
    const values = one.values.get(kind) ?? new Set()
    const added = other.values.get(kind) ?? new Set()
    // A side that is over the limit by itself came so from its source; it takes nothing more that is new.
    return values.union(added).size <= Math.max(limit, values.size, added.size)
  })
}

function join(one: Group, other: Group): Group {
  const kinds = new Set([...one.values.keys(), ...other.values.keys()])
  return {
    records: [...one.records, ...other.records],
    values: new Map(
      [...kinds].map((kind) => [
        kind,
        (one.values.get(kind) ?? new Set<string>()).union(other.values.get(kind) ?? new Set<string>()),
      ]),
    ),
    foes: one.foes.union(other.foes),
  }
}

const smallest = (records: readonly number[]): number =>
  records.reduce((least, record) => Math.min(least, record), Infinity)

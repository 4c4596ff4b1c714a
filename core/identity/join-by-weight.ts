import { listNeighbours } from './list-neighbours.ts'
import { matchProbability } from './match-model.ts'
import type { WeighedPairs } from './weighed-pairs.ts'

export interface JoinOptions {
  /** Weight from which pairs are joined, or "auto". */
  readonly threshold: number | 'auto'
  /** No component grows beyond this many records; pairs that would are held back for a person to look at. */
  readonly largest: number
  /** Pairs of records that no component may hold together. */
  readonly apart?: readonly KeptApart[]
}

export interface KeptApart {
  readonly x: number
  readonly y: number
}

export interface Joined {
  readonly threshold: number
  /** F1 that the model itself expects of the components: how the threshold was chosen. */
  readonly expectedF1: number
  /** For each record the smallest position of its component. */
  readonly heads: Int32Array
  /** Pairs at or above the threshold that were not joined, by position in the list. */
  readonly heldBack: readonly number[]
}

/**
 * Joins records along their pairs, heaviest first, down to the threshold.
 *
 * "auto" takes the threshold with the highest F1 that the model expects *of the components*: pairs that only transitive closure puts
 * together count with their own probability (none when they were no candidates). A threshold that is best for single pairs is too low
 * for components: one false pair between two people of five records each makes twenty-five.
 */
export function joinByWeight(pairs: WeighedPairs, { threshold, largest, apart = [] }: JoinOptions): Joined {
  const bounds = { largest, apart }
  const chosen = threshold === 'auto' ? bestThreshold(pairs, bounds) : threshold
  const growth = grow(pairs, bounds, chosen)
  return {
    threshold: chosen,
    expectedF1: growth.f1,
    heads: smallestOfEach(growth.components),
    heldBack: growth.heldBack,
  }
}

interface Growth {
  readonly components: Components
  readonly f1: number
  readonly heldBack: readonly number[]
}

type Bounds = Required<Pick<JoinOptions, 'largest' | 'apart'>>

/** Where F1 is level over a stretch of weights, the middle of it: as far as can be from joining too much and too little. */
function bestThreshold(pairs: WeighedPairs, bounds: Bounds): number {
  let best = { f1: -1, from: Infinity, to: Infinity }
  grow(pairs, bounds, -Infinity, (weight, f1) => {
    if (f1 > best.f1) best = { f1, from: weight, to: weight }
    else if (f1 === best.f1) best.to = weight
  })
  return best.from === Infinity ? Infinity : (best.from + best.to) / 2
}

function grow(
  pairs: WeighedPairs,
  bounds: Bounds,
  until: number,
  onLevel: (weight: number, f1: number) => void = () => undefined,
): Growth {
  const components = createComponents(pairs, bounds)
  const heldBack: number[] = []
  let truth = 0
  for (const weight of pairs.weight) truth += matchProbability(weight)
  let joined = 0
  let expected = 0
  const f1 = (): number => (joined + truth === 0 ? 1 : (2 * expected) / (joined + truth))
  for (let at = 0; at < pairs.weight.length; at += 1) {
    const weight = pairs.weight[at] ?? -Infinity
    if (weight < until) break
    const merge = components.join(pairs.left[at] ?? 0, pairs.right[at] ?? 0)
    if (merge === 'refused') heldBack.push(at)
    else if (merge !== 'same') {
      joined += merge.pairs
      expected += merge.expected
    }
    if (pairs.weight[at + 1] !== weight) onLevel(weight, f1())
  }
  return { components, f1: f1(), heldBack }
}

interface Components {
  /** How many pairs of records the join puts together, and how many of these the model expects to be true. */
  join(
    left: number,
    right: number,
  ): 'same' | 'refused' | { readonly pairs: number; readonly expected: number }
  rootOf(record: number): number
  readonly records: number
}

/** Union by size; each component lists its records, so that the pairs a join closes are counted from its smaller side. */
function createComponents(pairs: WeighedPairs, { largest, apart }: Bounds): Components {
  const { records } = pairs
  const parent = Int32Array.from({ length: records }, (_, record) => record)
  const members = new Map<number, number[]>()
  const foes = foesOf(apart)
  const neighbours = listNeighbours(pairs)
  const rootOf = (record: number): number => {
    let at = record
    for (let up = parent[at] ?? at; up !== at; up = parent[at] ?? at) {
      parent[at] = parent[up] ?? up
      at = up
    }
    return at
  }
  const membersOf = (root: number): number[] => members.get(root) ?? [root]
  const expectedBetween = (small: readonly number[], bigRoot: number): number => {
    let expected = 0
    for (const record of small) {
      for (const [other, weight] of neighbours(record)) {
        if (rootOf(other) === bigRoot) expected += matchProbability(weight)
      }
    }
    return expected
  }
  return {
    records,
    rootOf,
    join(left, right) {
      const roots = [rootOf(left), rootOf(right)].toSorted(
        (a, b) => membersOf(a).length - membersOf(b).length,
      )
      const [smallRoot = left, bigRoot = right] = roots
      if (smallRoot === bigRoot) return 'same'
      const small = membersOf(smallRoot)
      const big = membersOf(bigRoot)
      const hasFoe = small.some((record) => foes.get(record)?.some((foe) => rootOf(foe) === bigRoot))
      if (hasFoe || small.length + big.length > largest) return 'refused'
      const expected = expectedBetween(small, bigRoot)
      const together = small.length * big.length
      parent[smallRoot] = bigRoot
      for (const record of small) big.push(record)
      members.set(bigRoot, big)
      members.delete(smallRoot)
      return { pairs: together, expected }
    },
  }
}

function foesOf(apart: readonly KeptApart[]): ReadonlyMap<number, readonly number[]> {
  const foes = new Map<number, number[]>()
  for (const { x, y } of apart) {
    foes.set(x, [...(foes.get(x) ?? []), y])
    foes.set(y, [...(foes.get(y) ?? []), x])
  }
  return foes
}

function smallestOfEach(components: Components): Int32Array {
  const { records } = components
  const smallest = new Int32Array(records).fill(-1)
  const heads = new Int32Array(records)
  for (let record = 0; record < records; record += 1) {
    const root = components.rootOf(record)
    if (smallest[root] === -1) smallest[root] = record
    heads[record] = smallest[root] ?? record
  }
  return heads
}

import { z } from 'zod'
import type { Random } from '../port/clock.ts'

/**
 * An isolation forest (Liu, Ting, Zhou: Isolation Forest, ICDM 2008) as plain data, so that it can be stored and used again. A tree is a
 * list of nodes in which the root comes first: `[feature, cut, right]` sends rows below the cut to the next node and all others to the
 * node `right`; `[-1, rows, 0]` is a leaf that held so many rows.
 */
export const isolationForest = z.object({
  /** Rows that each tree was grown from. */
  subsample: z.number(),
  trees: z.array(z.array(z.tuple([z.number(), z.number(), z.number()]))),
})
export type IsolationForest = z.output<typeof isolationForest>
type Tree = IsolationForest['trees'][number]

export interface ForestOptions {
  readonly random: Random
  /** Default 100, as in the paper. */
  readonly trees?: number
  /** Rows per tree, default 256, as in the paper. */
  readonly subsample?: number
}

const eulerGamma = 0.577_215_664_901_532_9

/** Mean depth of an unsuccessful search in a binary tree of `n` rows: the paper's c(n), by which depths become comparable. */
export function expectedDepth(n: number): number {
  if (n <= 1) return 0
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n
}

/** Grows a forest over rows of numbers, all of one length. */
export function growIsolationForest(
  rows: readonly (readonly number[])[],
  { random, trees = 100, subsample = 256 }: ForestOptions,
): IsolationForest {
  const size = Math.min(subsample, rows.length)
  const depth = Math.ceil(Math.log2(Math.max(size, 2)))
  return {
    subsample: size,
    trees: Array.from({ length: trees }, () => {
      const tree: Tree = []
      grow(tree, sampleOf(rows, size, random), depth, random)
      return tree
    }),
  }
}

/** `size` different rows: the head of a Fisher-Yates shuffle. */
function sampleOf(rows: readonly (readonly number[])[], size: number, random: Random): (readonly number[])[] {
  const order = Array.from(rows.keys())
  return Array.from({ length: size }, (_, at) => {
    const other = at + Math.floor(random() * (order.length - at))
    const picked = order[other] ?? 0
    order[other] = order[at] ?? 0
    order[at] = picked
    return rows[picked] ?? []
  })
}

function grow(tree: Tree, rows: readonly (readonly number[])[], depth: number, random: Random): void {
  const split = depth > 0 && rows.length > 1 ? pickSplit(rows, random) : undefined
  if (!split) {
    tree.push([-1, rows.length, 0])
    return
  }
  const { feature, cut } = split
  const at = tree.push([feature, cut, 0]) - 1
  grow(
    tree,
    rows.filter((row) => (row[feature] ?? 0) < cut),
    depth - 1,
    random,
  )
  tree[at] = [feature, cut, tree.length]
  grow(
    tree,
    rows.filter((row) => !((row[feature] ?? 0) < cut)),
    depth - 1,
    random,
  )
}

/** A cut at random between the extremes of a random feature; features that are constant here cannot be cut. */
function pickSplit(
  rows: readonly (readonly number[])[],
  random: Random,
): { readonly feature: number; readonly cut: number } | undefined {
  const spread = (rows[0] ?? []).flatMap((_, feature) => {
    const values = rows.map((row) => row[feature] ?? 0)
    const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    return high > low ? [{ feature, low, high }] : []
  })
  const picked = spread[Math.floor(random() * spread.length)]
  if (!picked) return undefined
  const { feature, low, high } = picked
  const share = random()
  // As a mix, not as low + span: the span of two huge values is infinite. Above `low`, or one side would be empty.
  const cut = low * (1 - share) + high * share
  return { feature, cut: cut > low ? cut : high }
}

/**
 * Binds a forest to its anomaly score in (0, 1]: about 0.5 for an ordinary row, near 1 for one that a few cuts tell from all others. The
 * nodes are laid flat once, as a million rows pass a hundred trees.
 */
export function createIsolationScore(forest: IsolationForest): (row: readonly number[]) => number {
  const trees = forest.trees.map(layFlat)
  const expected = expectedDepth(forest.subsample)
  return (row) => {
    if (expected === 0) return 0.5
    let total = 0
    for (const tree of trees) total += depthIn(tree, row)
    return 2 ** (-total / trees.length / expected)
  }
}

interface FlatTree {
  /** -1 for a leaf. */
  readonly features: Int32Array
  readonly cuts: Float64Array
  readonly rights: Int32Array
  /** Of a leaf: the depth that the rows it held would have had below it. */
  readonly rest: Float64Array
}

const layFlat = (tree: Tree): FlatTree => ({
  features: Int32Array.from(tree, ([feature]) => feature),
  cuts: Float64Array.from(tree, ([, cut]) => cut),
  rights: Int32Array.from(tree, ([, , right]) => right),
  rest: Float64Array.from(tree, ([feature, rows]) => (feature < 0 ? expectedDepth(rows) : 0)),
})

function depthIn({ features, cuts, rights, rest }: FlatTree, row: readonly number[]): number {
  let at = 0
  for (let depth = 0; ; depth += 1) {
    const feature = features[at] ?? -1
    if (feature < 0) return depth + (rest[at] ?? 0)
    at = (row[feature] ?? 0) < (cuts[at] ?? 0) ? at + 1 : (rights[at] ?? 0)
  }
}

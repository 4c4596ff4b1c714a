import type { DuckDb } from '../../hub-server/warehouse/duckdb.ts'

const pairsWithin = (groups: Iterable<number>): number =>
  [...groups].reduce((pairs, size) => pairs + (size * (size - 1)) / 2, 0)

function sizesOf(labels: readonly (string | number)[]): Map<string | number, number> {
  const sizes = new Map<string | number, number>()
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  return sizes
}

/** F1 over all pairs of records that the clusters put together, against those that belong together. */
export function clusterF1(truth: readonly string[], heads: ArrayLike<number>): number {
  const both = truth.map((person, at) => `${person}/${heads[at] ?? -1}`)
  const right = pairsWithin(sizesOf(both).values())
  const joined = pairsWithin(sizesOf(Array.from(heads)).values())
  return (2 * right) / (joined + truePairs(truth))
}

export const truePairs = (truth: readonly string[]): number => pairsWithin(sizesOf(truth).values())

/**
 * Best F1 of the scored pairs over all thresholds, and where it is. `among`: only these pairs ("x,y", the smaller first) are judged; all true
 * pairs are to be found.
 */
export async function bestPairwise(
  duckdb: DuckDb,
  truth: readonly string[],
  among?: ReadonlySet<string>,
): Promise<{ readonly f1: number; readonly weight: number; readonly right: number; readonly wrong: number }> {
  const pairs = await duckdb.all<{ x: number; y: number; weight: number }>(
    `SELECT x, y, weight FROM scored_pair ORDER BY weight DESC`,
  )
  const all = truePairs(truth)
  let right = 0
  let wrong = 0
  let best = { f1: 0, weight: Infinity, right, wrong }
  for (const { x, y, weight } of pairs) {
    if (among && !among.has(`${x},${y}`)) continue
    if (truth[x] === truth[y]) right += 1
    else wrong += 1
    const f1 = (2 * right) / (right + wrong + all)
    if (f1 > best.f1) best = { f1, weight, right, wrong }
  }
  return best
}

import type { WeighedPairs } from './weighed-pairs.ts'

/** The other records that a record is paired with, and the weight of each pair; packed, as there are millions. */
export function listNeighbours(pairs: WeighedPairs): (record: number) => Iterable<readonly [number, number]> {
  const { left, right, weight } = pairs
  const start = countStarts(pairs)
  const pairOf = fillSlots(pairs, start)
  return function* (record) {
    for (let slot = start[record] ?? 0; slot < (start[record + 1] ?? 0); slot += 1) {
      const at = pairOf[slot] ?? 0
      const other = left[at] === record ? right[at] : left[at]
      yield [other ?? 0, weight[at] ?? 0]
    }
  }
}

/** Where the pairs of each record start in the packed list; one more entry for the end. */
function countStarts({ records, left, right }: WeighedPairs): Int32Array {
  const start = new Int32Array(records + 1)
  for (const side of [left, right]) {
    for (const record of side) start[record + 1] = (start[record + 1] ?? 0) + 1
  }
  for (let record = 1; record <= records; record += 1)
    start[record] = (start[record] ?? 0) + (start[record - 1] ?? 0)
  return start
}

function fillSlots({ left, right, weight }: WeighedPairs, start: Int32Array): Int32Array {
  const next = start.slice()
  const pairOf = new Int32Array(2 * weight.length)
  for (const side of [left, right]) {
    for (const [at, record] of side.entries()) {
      const slot = next[record] ?? 0
      pairOf[slot] = at
      next[record] = slot + 1
    }
  }
  return pairOf
}

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/identity/connected-components.ts'
import { joinByWeight } from '../../../core/identity/join-by-weight.ts'
import type { WeighedPairs } from '../../../core/identity/weighed-pairs.ts'

type Pair = readonly [number, number, number]

function toPairs(records: number, pairs: readonly Pair[]): WeighedPairs {
  const sorted = pairs.toSorted((a, b) => b[2] - a[2])
  return {
    records,
    left: Int32Array.from(sorted, ([left]) => left),
    right: Int32Array.from(sorted, ([, right]) => right),
    weight: Float32Array.from(sorted, ([, , weight]) => weight),
  }
}

const records = 12
const anyPairs = fc.array(
  fc
    .tuple(fc.nat(records - 1), fc.nat(records - 1), fc.integer({ min: -4, max: 12 }))
    .filter(([left, right]) => left < right),
  { maxLength: 30 },
)

/** Five records that are all alike. */
const family = (first: number): Pair[] =>
  [0, 1, 2, 3, 4].flatMap((left) =>
    [0, 1, 2, 3, 4].flatMap((right): Pair[] => (left < right ? [[first + left, first + right, 10]] : [])),
  )

describe('joining records by weight', () => {
  it('gives the connected components of the pairs at or above the threshold', () => {
    fc.assert(
      fc.property(anyPairs, fc.integer({ min: -4, max: 12 }), (pairs, threshold) => {
        const { heads } = joinByWeight(toPairs(records, pairs), { threshold, largest: records })
        const shared = pairs
          .filter(([, , weight]) => weight >= threshold)
          .flatMap(([left, right], at) =>
            [left, right].map((recordId) => ({ recordId, kind: 'pair', value: String(at) })),
          )
        const ids = Array.from({ length: records }, (_, id) => id)
        expect([...heads]).toEqual([...connectedComponents(ids, shared).values()])
      }),
    )
  })

  it('never joins more than the largest profile, and holds back what would', () => {
    fc.assert(
      fc.property(anyPairs, fc.integer({ min: 2, max: 5 }), (pairs, largest) => {
        const { heads, heldBack } = joinByWeight(toPairs(records, pairs), { threshold: -10, largest })
        const sizes = Map.groupBy(heads, (head) => head)
        for (const group of sizes.values()) expect(group.length).toBeLessThanOrEqual(largest)
        if (heldBack.length === 0) return
        expect([...sizes.values()].some((group) => group.length > 1)).toBe(true)
      }),
    )
  })

  it('chooses a threshold that keeps one false pair from joining two families', () => {
    const pairs = [...family(0), ...family(5), [4, 5, 1] as const]
    const { heads, threshold } = joinByWeight(toPairs(10, pairs), { threshold: 'auto', largest: 50 })
    expect(threshold).toBe(10)
    expect([...new Set(heads)]).toEqual([0, 5])
  })

  it('joins nobody when there are no pairs', () => {
    const { heads, threshold } = joinByWeight(toPairs(3, []), { threshold: 'auto', largest: 50 })
    expect([...heads]).toEqual([0, 1, 2])
    expect(threshold).toBe(Infinity)
  })
})

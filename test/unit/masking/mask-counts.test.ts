import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastTold, maskCount, maskSize } from '../../../core/masking/mask-counts.ts'

const counts = fc
  .integer({ min: 0, max: 10_000 })
  .chain((everybody) => fc.tuple(fc.integer({ min: 0, max: everybody }), fc.constant(everybody)))

describe('counts for who may not see people', () => {
  it('tells nothing apart below the least that is told, and nothing as near to everybody', () => {
    const everybody = 1_000
    const few = Array.from({ length: leastTold }, (_none, count) => count)
    expect(new Set(few.map((count) => maskCount(count, everybody)))).toEqual(new Set([null]))
    expect(new Set(few.map((left) => maskCount(everybody - left, everybody)))).toEqual(new Set([990]))
    expect([10, 19, 20, 985].map((count) => maskCount(count, everybody))).toEqual([10, 10, 20, 980])
  })

  it('never tells more than there is, and stays within two steps of it', () => {
    fc.assert(
      fc.property(counts, ([count, everybody]) => {
        const told = maskCount(count, everybody) ?? 0
        expect(told % leastTold).toBe(0)
        expect(told).toBeLessThanOrEqual(count)
        expect(count - told).toBeLessThan(2 * leastTold)
      }),
    )
  })

  it('estimates in steps of ten of the people who were looked at', () => {
    const estimate = { kind: 'estimate', sampled: 1_000, profiles: 100_000 } as const
    expect(maskSize({ ...estimate, members: 900, low: 400, high: 1_700 })).toEqual({
      ...estimate,
      members: null,
      low: null,
      high: 1_000,
      fewerThan: 1_000,
    })
  })
})

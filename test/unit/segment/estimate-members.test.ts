import { describe, expect, it } from 'vitest'
import { estimateMembers } from '../../../core/segment/estimate-members.ts'

/** Mulberry32 (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c): the same draws at every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe('the estimate of a share of all people', () => {
  it('holds the true number in about 95 of 100 draws, for common and for rare segments', () => {
    const profiles = 20_000
    const draws = 400
    for (const share of [0.0005, 0.005, 0.05, 0.3, 0.5, 0.95]) {
      const random = seeded(Math.round(share * 1e6))
      const members = Math.round(profiles * share)
      const held = Array.from({ length: draws }, () => {
        const sampled = Array.from({ length: 500 }, random)
        const found = sampled.filter((place) => place < members / profiles).length
        const { low, high } = estimateMembers(found, sampled.length, profiles)
        return low <= members && members <= high
      }).filter(Boolean).length
      // Wilson's coverage swings round 95 % with the share (Brown, Cai and DasGupta 2001, figure 5).
      expect({ share, coverage: held / draws }).toSatisfy(
        ({ coverage }: { coverage: number }) => coverage >= 0.92 && coverage <= 1,
      )
    }
  })

  it('is the number itself once everybody was looked at, and never leaves what those looked at allow', () => {
    expect(estimateMembers(30, 100, 100)).toEqual({ members: 30, low: 30, high: 30 })
    expect(estimateMembers(0, 0, 12)).toEqual({ members: 0, low: 0, high: 12 })
    const rare = estimateMembers(0, 1000, 1600)
    expect(rare).toMatchObject({ members: 0, low: 0 })
    expect(rare.high).toBeGreaterThan(0)
    expect(estimateMembers(1000, 1000, 1600)).toMatchObject({ members: 1600, high: 1600 })
  })

  it('narrows as more people are looked at', () => {
    const widths = [100, 1000, 10_000].map((sampled) => {
      const { low, high } = estimateMembers(sampled / 4, sampled, 1_000_000)
      return high - low
    })
    expect(widths).toEqual(widths.toSorted((a, b) => b - a))
    expect(widths[2]).toBeLessThan(20_000)
  })
})

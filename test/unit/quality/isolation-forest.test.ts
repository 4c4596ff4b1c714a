import { describe, expect, it } from 'vitest'
import {
  growIsolationForest,
  isolationForest,
  createIsolationScore,
} from '../../../core/quality/isolation-forest.ts'
import { localOutlierFactors } from '../../../core/quality/local-outlier-factor.ts'
import { createSeededRandom } from '../../../core/quality/seeded-random.ts'

const random = createSeededRandom(7)
const crowd = Array.from({ length: 400 }, () => [random() + random(), random() + random()])
const far = [9, -9]

describe('an isolation forest', () => {
  const forest = growIsolationForest(crowd, { random: createSeededRandom(1) })

  it('scores a stranger higher than everybody else', () => {
    const highest = Math.max(...crowd.map(createIsolationScore(forest)))
    expect(createIsolationScore(forest)(far)).toBeGreaterThan(highest)
  })

  it('is the same for the same randomness, and survives being stored', () => {
    expect(growIsolationForest(crowd, { random: createSeededRandom(1) })).toEqual(forest)
    expect(isolationForest.parse(JSON.parse(JSON.stringify(forest)))).toEqual(forest)
  })

  it('ends where all rows are equal, and calls none of them strange', () => {
    const flat = growIsolationForest(
      crowd.map(() => [1, 1]),
      { random: createSeededRandom(1), trees: 5 },
    )
    expect(createIsolationScore(flat)([1, 1])).toBeCloseTo(0.5, 6)
  })

  it('copes with one row and with huge numbers', () => {
    expect(createIsolationScore(growIsolationForest([[1]], { random }))([1])).toBe(0.5)
    const huge = growIsolationForest([[-1e308], [1e308], [0]], { random, trees: 3 })
    expect(createIsolationScore(huge)([1e308])).toBeGreaterThan(0)
  })
})

describe('local outlier factors', () => {
  it('are about one in a crowd and large outside', () => {
    const factors = localOutlierFactors([...crowd, far], 20)
    expect(factors.at(-1)).toBeGreaterThan(5)
    expect(factors.filter((factor) => factor > 5)).toHaveLength(1)
  })

  it('stay finite among equal rows, and of a single row', () => {
    const equal = Array.from({ length: 6 }, () => [0, 0])
    expect(localOutlierFactors([...equal, [5, 5]], 3).every(Number.isFinite)).toBe(true)
    expect(localOutlierFactors([[1, 2]], 3)).toEqual([1])
  })
})

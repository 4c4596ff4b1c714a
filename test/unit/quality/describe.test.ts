import { array, assert, double, integer, property } from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { describe } from '../../../core/quality/describe.ts'
import { iqrFences, isOutside, madFences, zScoreFences } from '../../../core/quality/outlier-fences.ts'
import { quantile, toSorted } from '../../../core/quality/quantile.ts'

const numbers = array(double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 })
// Whole numbers: a shift of tiny fractions rounds them away.
const whole = array(integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 })

suite('a description', () => {
  it('keeps the variance of values that are close together and far from zero', () => {
    expect(describe([1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4]).variance).toBeCloseTo(5 / 3, 12)
  })

  it('has a mean and a median where the sum is beyond all numbers', () => {
    const { mean, median } = describe([1e308, 1e308, -1e308])
    expect(median).toBe(1e308)
    expect(mean / 1e308).toBeCloseTo(1 / 3, 12)
  })

  it('leaves missing numbers out, and tells nothing of none', () => {
    expect(describe([Number.NaN, 4])).toMatchObject({ n: 1, mean: 4, median: 4 })
    expect(describe([])).toMatchObject({ n: 0, mean: Number.NaN, median: Number.NaN, min: Number.NaN })
  })

  it('has quantiles in order and inside the extremes', () => {
    assert(
      property(numbers, (values) => {
        const { min, q1, median, q3, max } = describe(values)
        expect(min <= q1 && q1 <= median && median <= q3 && q3 <= max).toBe(true)
      }),
    )
  })
})

suite('quantile', () => {
  it('of type 7 lies between its neighbours', () => {
    expect(quantile(toSorted([1, 2, 3, 4]), 0.25)).toBe(1.75)
  })

  it('does not overflow between the extremes of all numbers', () => {
    expect(quantile(toSorted([-1.7e308, 1.7e308]), 0.5)).toBe(0)
  })
})

suite('fences', () => {
  it.each([
    ['z-score', zScoreFences],
    ['quartiles', iqrFences],
    ['median deviation', madFences],
  ])('by %s call nothing an outlier where all values are equal', (_, fences) => {
    expect([5, 5, 5, 5].some((value) => isOutside(value, fences([5, 5, 5, 5])))).toBe(false)
  })

  it('by median deviation do not divide by a deviation of zero', () => {
    expect(isOutside(50, madFences([1, 1, 1, 1, 1, 1, 50]))).toBe(false)
  })

  it('move with the values: adding a constant adds it to the fences', () => {
    assert(
      property(whole, integer({ min: -1000, max: 1000 }), (values, shift) => {
        const plain = iqrFences(values)
        const moved = iqrFences(values.map((value) => value + shift))
        expect(Math.round(moved.low * 4)).toBe(Math.round((plain.low + shift) * 4))
      }),
    )
  })
})

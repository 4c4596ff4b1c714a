import { describe, expect, it } from 'vitest'
import { nextMidnight } from '../../../../connectors/hubspot/next-midnight.ts'

const midnightAfter = (instant: string, timeZone: string): string =>
  new Date(nextMidnight(Date.parse(instant), timeZone)).toISOString()

describe('nextMidnight', () => {
  it.each([
    ['2026-11-22T10:00:00Z', 'UTC', '2026-11-23T00:00:00.000Z'],
    ['2026-11-22T10:00:00Z', 'Europe/Paris', '2026-11-22T23:00:00.000Z'],
    ['2026-07-14T22:30:00Z', 'Europe/Paris', '2026-07-15T22:00:00.000Z'],
    ['2026-11-22T03:00:00Z', 'US/Eastern', '2026-11-22T05:00:00.000Z'],
    ['2026-11-22T20:00:00Z', 'Asia/Kolkata', '2026-11-23T18:30:00.000Z'],
    ['2026-11-22T00:00:00.500Z', 'UTC', '2026-11-23T00:00:00.000Z'],
  ])('of %s in %s is %s', (now, timeZone, expected) => {
    expect(midnightAfter(now, timeZone)).toBe(expected)
  })

  it('counts the offset at midnight on the days when clocks change', () => {
    expect(midnightAfter('2026-03-29T00:30:00Z', 'Europe/Paris')).toBe('2026-03-29T22:00:00.000Z')
    expect(midnightAfter('2026-10-24T23:30:00Z', 'Europe/Paris')).toBe('2026-10-25T23:00:00.000Z')
  })

  it('takes an unknown zone for UTC', () => {
    expect(midnightAfter('2026-11-22T10:00:00Z', 'Nowhere/At-All')).toBe('2026-11-23T00:00:00.000Z')
  })
})

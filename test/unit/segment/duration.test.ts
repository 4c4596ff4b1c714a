import { describe, expect, it } from 'vitest'
import { instantToText, parseInstant } from '../../../core/segment/calendar.ts'
import { instantBefore, parseAgo, parseDuration } from '../../../core/segment/duration.ts'

const before = (text: string, length: string): string =>
  instantToText(instantBefore(parseInstant(text) ?? 0n, parseDuration(length) ?? { amount: 1, unit: 'year' }))

describe('parseDuration', () => {
  it('reads an amount and a unit, in the singular and the plural', () => {
    expect(parseDuration('90 days')).toEqual({ amount: 90, unit: 'day' })
    expect(parseDuration('1 month')).toEqual({ amount: 1, unit: 'month' })
    expect(parseAgo('24 hours ago')).toEqual({ amount: 24, unit: 'hour' })
  })

  it.each([
    '0 days',
    '-1 days',
    '1.5 days',
    '90',
    'days',
    '90days',
    '90  days',
    '1 fortnight',
    '100000 days',
    '٣ days',
    '',
    '1e3 days',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined()
    expect(parseAgo(`${text} ago`)).toBeUndefined()
  })

  it('counts days as 24 hours and months by the calendar', () => {
    // In Europe/Paris the clock was put forward in this night; in UTC a day stays a day.
    expect(before('2024-04-01T12:00:00Z', '1 day')).toBe('2024-03-31T12:00:00Z')
    expect(before('2024-03-31T12:00:00.000001Z', '1 month')).toBe('2024-02-29T12:00:00.000001Z')
    expect(before('2024-03-31T12:00:00Z', '30 minutes')).toBe('2024-03-31T11:30:00Z')
    expect(before('2024-03-31T12:00:00Z', '2 weeks')).toBe('2024-03-17T12:00:00Z')
    expect(before('2024-02-29T12:00:00Z', '1 year')).toBe('2023-02-28T12:00:00Z')
  })
})

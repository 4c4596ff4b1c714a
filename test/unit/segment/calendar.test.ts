import { describe, expect, it } from 'vitest'
import {
  addMonths,
  dayOf,
  dayToText,
  instantToText,
  parseDay,
  parseInstant,
} from '../../../core/segment/calendar.ts'

describe('parseDay', () => {
  it.each([
    ['1970-01-01', 0n],
    ['1970-01-02', 1n],
    ['1969-12-31', -1n],
    ['2024-02-29', 19_782n],
    ['0001-01-01', -719_162n],
    ['9999-12-31', 2_932_896n],
  ])('reads %s', (text, day) => {
    expect(parseDay(text)).toBe(day)
    expect(dayToText(day)).toBe(text)
  })

  it.each([
    '2026-02-30',
    '2023-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '0000-01-01',
    '2026-1-1',
    '26-01-01',
    '',
    ' 2026-01-01',
    '2026-01-01T00:00:00Z',
  ])('refuses %j', (text) => expect(parseDay(text)).toBeUndefined())
})

describe('parseInstant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01 00:00', 0n],
    ['1970-01-01T00:00:00.000001Z', 1n],
    ['1970-01-01T01:00:00.5+01:00', 500_000n],
    ['1969-12-31T19:00:00-05:00', 0n],
    ['9999-12-31T23:59:59.999999Z', 253_402_300_799_999_999n],
  ])('reads %s', (text, instant) => expect(parseInstant(text)).toBe(instant))

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01',
    '2026-01-01T00:00:00.1234567Z',
    '2026-01-01T00:00:00+15:00',
    'now',
  ])('refuses %j', (text) => expect(parseInstant(text)).toBeUndefined())

  it('writes instants before 1970 and fractions as they are read', () => {
    for (const text of ['1969-12-31T23:59:59.999999Z', '1900-01-01T00:00:00Z', '2026-03-29T01:00:00.5Z'])
      expect(parseInstant(instantToText(parseInstant(text) ?? 0n))).toBe(parseInstant(text))
    expect(instantToText(-1n)).toBe('1969-12-31T23:59:59.999999Z')
    expect(dayOf(-1n)).toBe(-1n)
  })
})

describe('addMonths', () => {
  it.each([
    ['2024-03-31', -1, '2024-02-29'],
    ['2023-03-31', -1, '2023-02-28'],
    ['2024-02-29', -12, '2023-02-28'],
    ['2024-01-31', -1, '2023-12-31'],
    ['2024-01-15', -14, '2022-11-15'],
    ['2024-08-31', -6, '2024-02-29'],
  ])('%s %i months is %s', (day, months, expected) => {
    expect(dayToText(addMonths(parseDay(day) ?? 0n, months))).toBe(expected)
  })
})

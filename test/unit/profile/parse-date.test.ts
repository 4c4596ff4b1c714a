import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDate, parseDatetime } from '../../../core/profile/parse-date.ts'
import { fromWallTime, isTimeZone } from '../../../core/profile/time-zone.ts'

const iso = (result: unknown): unknown =>
  typeof result === 'number' ? new Date(result).toISOString() : result

describe('parseDatetime', () => {
  it('reads a time that ends in Z as it reads the same one with an offset of zero', () => {
    const figure = fc.integer({ min: 0, max: 99 }).map((value) => String(value).padStart(2, '0'))
    fc.assert(
      fc.property(
        fc.constantFrom('0000', '0001', '0099', '1970', '2024', '9999'),
        fc.tuple(figure, figure, figure, figure, figure),
        (year, [month, day, hour, minute, second]) => {
          const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`
          expect(parseDatetime(`${written}Z`)).toEqual(parseDatetime(`${written}+00:00`))
        },
      ),
      {
        examples: [
          ['2024', ['02', '29', '23', '59', '59']],
          ['2026', ['02', '29', '00', '00', '00']],
          ['2026', ['01', '01', '24', '00', '00']],
        ],
      },
    )
    expect(iso(parseDatetime('0099-12-28T23:59:59Z'))).toBe('0099-12-28T23:59:59.000Z')
  })

  it.each([
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T10:00:00.1239+02:00', '2026-01-31T08:00:00.123Z'],
    ['2026-01-31 10:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T10:00-0330', '2026-01-31T13:30:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('reads ISO 8601 %s', (text, expected) => {
    expect(iso(parseDatetime(text))).toBe(expected)
  })

  it.each([
    ['2009-12-01 07:45:00', 'YYYY-MM-DD HH:mm:ss', 'Europe/London', '2009-12-01T07:45:00.000Z'],
    ['01/07/2026 07:45', 'DD/MM/YYYY HH:mm', 'Europe/Paris', '2026-07-01T05:45:00.000Z'],
    ['1/7/2026', 'D/M/YYYY', 'America/New_York', '2026-07-01T04:00:00.000Z'],
    ['2026-03-29 02:30', 'YYYY-MM-DD HH:mm', 'Europe/Paris', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25 02:30', 'YYYY-MM-DD HH:mm', 'Europe/Paris', '2026-10-25T00:30:00.000Z'],
    ['2026.01.31T05', 'YYYY.MM.DDTHH', 'Asia/Kolkata', '2026-01-30T23:30:00.000Z'],
  ])('reads %s as %s in %s', (text, pattern, timeZone, expected) => {
    expect(iso(parseDatetime(text, { pattern, timeZone }))).toBe(expected)
  })

  it.each([
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-01-31T24:00',
    '2026-01-31T10:60',
    '0000-01-01',
    'yesterday',
    '31/01/2026',
    '',
  ])('refuses %s', (text) => {
    expect(parseDatetime(text)).toMatchObject({ code: 'not_a_datetime' })
  })

  it('refuses a time in a zone that nobody knows, but not one that tells its offset', () => {
    expect(parseDatetime('2026-01-31', { timeZone: 'Mars/Base' })).toMatchObject({
      code: 'unknown_time_zone',
    })
    expect(iso(parseDatetime('2026-01-31T10:00Z', { timeZone: 'Mars/Base' }))).toBe(
      '2026-01-31T10:00:00.000Z',
    )
  })

  it('takes signs of a pattern as they are, not as an expression', () => {
    expect(parseDatetime('2026x01', { pattern: 'YYYY.MM' })).toMatchObject({ code: 'not_a_datetime' })
    expect(iso(parseDatetime('(2026) [01]', { pattern: '(YYYY) [MM]' }))).toBe('2026-01-01T00:00:00.000Z')
  })
})

describe('parseDate', () => {
  it.each([
    ['2026-01-31', undefined, '2026-01-31'],
    ['2026-01-31T23:59:59+14:00', undefined, '2026-01-31'],
    ['31/01/2026', 'DD/MM/YYYY', '2026-01-31'],
    ['12/31/1999', 'MM/DD/YYYY', '1999-12-31'],
  ])('reads %s', (text, pattern, expected) => {
    expect(parseDate(text, pattern)).toBe(expected)
  })

  it('refuses a day that never was', () => {
    expect(parseDate('31/02/2026', 'DD/MM/YYYY')).toMatchObject({ code: 'not_a_date' })
  })
})

describe('fromWallTime', () => {
  it('gives an instant at which the clocks of the zone show that time, wherever there is one', () => {
    const zones = [
      'Europe/Paris',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'UTC',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }),
        (zone, seconds) => {
          const instant = Math.floor(seconds / 1000) * 1000
          const shown = new Date(instant).toLocaleString('sv-SE', { timeZone: zone })
          const back = fromWallTime(Date.parse(`${shown.replace(' ', 'T')}Z`), zone)
          expect(new Date(back).toLocaleString('sv-SE', { timeZone: zone })).toBe(shown)
        },
      ),
    )
  })

  it('knows which zones there are', () => {
    expect([isTimeZone('Europe/Paris'), isTimeZone('Europe/Lutetia')]).toEqual([true, false])
  })
})

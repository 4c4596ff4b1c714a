import { describe, expect, it } from 'vitest'
import { instantToText, parseDay, parseInstant } from '../../../core/segment/calendar.ts'
import { fromLocal, readTimeZone, startOfDay, toLocal, utc } from '../../../core/segment/time/time-zone.ts'

const zone = (name: string) => readTimeZone(name) ?? utc
const instant = (text: string) => parseInstant(text) ?? 0n
const midnight = (name: string, day: string) => instantToText(startOfDay(zone(name), parseDay(day) ?? 0n))

const paris = (text: string) => instantToText(fromLocal(zone('Europe/Paris'), instant(text)))

describe('a time zone', () => {
  it.each(['', 'Europe/Pari', '+01:00', 'Europe/Paris\0', '../etc', 'Europe Paris'])(
    'is none: %j',
    (name) => {
      expect(readTimeZone(name)).toBeUndefined()
    },
  )

  it('takes the earlier of two instants that its clocks show alike, and leaps over what they never show', () => {
    expect(paris('2024-10-27T02:30:00Z')).toBe('2024-10-27T00:30:00Z')
    expect(paris('2024-03-31T02:30:00Z')).toBe('2024-03-31T01:30:00Z')
    expect(paris('2024-07-01T00:00:00Z')).toBe('2024-06-30T22:00:00Z')
  })

  it('begins days at midnight, at the end of the leap where there is none, and skips a day that was left out', () => {
    expect(midnight('Europe/Paris', '2024-03-31')).toBe('2024-03-30T23:00:00Z')
    expect(midnight('America/Sao_Paulo', '2018-11-04')).toBe('2018-11-04T03:00:00Z')
    expect(midnight('Pacific/Apia', '2011-12-30')).toBe(midnight('Pacific/Apia', '2011-12-31'))
  })

  it('agrees with the clocks of Intl at every month of its table', () => {
    for (const name of [
      'Europe/Paris',
      'Africa/Casablanca',
      'Asia/Kathmandu',
      'America/New_York',
      'Pacific/Apia',
    ]) {
      const clock = new Intl.DateTimeFormat('sv-SE', {
        timeZone: name,
        dateStyle: 'short',
        timeStyle: 'medium',
      })
      for (let month = 0; month < 130 * 12; month += 1) {
        const ms = Date.UTC(1970, month, 15, 1, 30)
        const shown = instantToText(toLocal(zone(name), BigInt(ms) * 1000n))
          .replace('T', ' ')
          .replace('Z', '')
        expect(shown).toBe(clock.format(ms))
      }
    }
  })
})

import { assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correctTime } from '../../../core/event/correct-time.ts'

const receivedAt = Date.parse('2026-11-22T12:00:00Z')
const iso = (at: number): string => new Date(at).toISOString()

describe('the time of an event', () => {
  it('does not depend on how wrong the clock of its sender is', () => {
    const skew = integer({ min: -2 * 365 * 86_400_000, max: 86_400_000 })
    const age = integer({ min: 0, max: 48 * 3_600_000 })
    assert(
      property(skew, age, (wrong, ago) => {
        const times = {
          timestamp: iso(receivedAt + wrong - ago),
          sentAt: iso(receivedAt + wrong),
          receivedAt,
        }
        expect(correctTime(times)).toEqual({ at: receivedAt - ago, clock: 'corrected' })
      }),
    )
  })

  it.each([
    ['none is told', undefined, undefined, { at: receivedAt, clock: 'received' }],
    ['null is told', null, iso(receivedAt), { at: receivedAt, clock: 'received' }],
    [
      'no time of sending is told',
      '2026-11-22T11:00:00Z',
      undefined,
      { at: receivedAt - 3_600_000, clock: 'uncorrected' },
    ],
    [
      'the time of sending is none',
      '2026-11-22T11:00:00Z',
      'soon',
      { at: receivedAt - 3_600_000, clock: 'uncorrected' },
    ],
    [
      'it has an offset',
      '2026-11-22T12:00:00+0200',
      undefined,
      { at: receivedAt - 7_200_000, clock: 'uncorrected' },
    ],
    [
      'it has an offset of hours',
      '2026-11-22T12:00:00+02',
      undefined,
      { at: receivedAt - 7_200_000, clock: 'uncorrected' },
    ],
    [
      'it tells no offset, which is UTC',
      '2026-11-22 11:00',
      undefined,
      { at: receivedAt - 3_600_000, clock: 'uncorrected' },
    ],
    ['it is a day', '2026-11-22', undefined, { at: receivedAt - 12 * 3_600_000, clock: 'uncorrected' }],
    ['it is a number', receivedAt - 5, undefined, { at: receivedAt - 5, clock: 'uncorrected' }],
    ['it lies a little ahead', '2026-11-22T13:00:00Z', undefined, { at: receivedAt, clock: 'clamped' }],
    [
      'it was sent before it happened',
      iso(receivedAt + 60_000),
      iso(receivedAt),
      { at: receivedAt, clock: 'clamped' },
    ],
    ['it lies two days ahead', '2026-11-24T13:00:00Z', undefined, 'hostile_clock'],
    ['it lies in 1969', '1969-01-01T00:00:00Z', undefined, 'hostile_clock'],
    [
      'a device counts from 1970, but says when it sent',
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:05Z',
      { at: receivedAt - 5_000, clock: 'corrected' },
    ],
    ['it is a word', 'yesterday', undefined, 'unreadable_time'],
    ['it is no day of the calendar', '2026-13-45T00:00:00Z', undefined, 'unreadable_time'],
    ['it is an object', {}, undefined, 'unreadable_time'],
  ])('is found when %s', (_when, timestamp, sentAt, expected) => {
    expect(correctTime({ timestamp, sentAt, receivedAt })).toEqual(expected)
  })
})

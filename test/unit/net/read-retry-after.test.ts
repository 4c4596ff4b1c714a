import { describe, expect, it } from 'vitest'
import { readRetryAfterMs } from '../../../hub-server/net/read-retry-after.ts'

const now = Date.parse('2026-11-22T10:00:00Z')
const read = (written: string, date?: string): number | undefined =>
  readRetryAfterMs({ 'retry-after': written, ...(date !== undefined && { date }) }, now)

describe('Retry-After', () => {
  it('is read in seconds', () => {
    expect(read('90')).toBe(90_000)
    expect(read(' 0 ')).toBe(0)
  })

  it.each([
    'Sun, 22 Nov 2026 10:01:30 GMT',
    'Sunday, 22-Nov-26 10:01:30 GMT',
    'Sun Nov 22 10:01:30 2026 GMT',
  ])('is read as a date of HTTP: %s', (date) => {
    expect(read(date)).toBe(90_000)
  })

  it("measures a date against the answer's own clock, whatever ours shows", () => {
    expect(read('Sun, 22 Nov 2026 12:00:30 GMT', 'Sun, 22 Nov 2026 12:00:00 GMT')).toBe(30_000)
  })

  it.each([
    '',
    '-5',
    '1e3',
    '1.5',
    'soon',
    '99999999999',
    'NaN',
    '2026-11-22',
    'Sun, 99 Foo 2026 10:00:00 GMT',
  ])('counts as absent when it is nonsense: "%s"', (written) => {
    expect(read(written)).toBeUndefined()
  })

  it('counts as absent when its date is past', () => {
    expect(read('Sun, 22 Nov 2026 09:00:00 GMT')).toBeUndefined()
  })

  it('may be missing', () => {
    expect(readRetryAfterMs({}, now)).toBeUndefined()
  })
})

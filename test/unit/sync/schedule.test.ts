import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDue, isCron, judgeSchedule, nextDue, type Schedule } from '../../../core/sync/schedule.ts'
import { reportFigure } from '../../support/report-figure.ts'

const at = (text: string): number => Date.parse(text)
const minute = 60_000
const hour = 60 * minute

/** Looks at the clock again and again and answers what falls due, as the hub does. */
function fire(schedule: Schedule, clock: readonly number[], since: number): number[] {
  let answered = since
  return clock.flatMap((now) => {
    const due = findDue(schedule, { answered, now, spread: 0 })
    if (due === undefined) return []
    answered = due
    return [due]
  })
}

const looks = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / (10 * minute) }, (_, index) => from + index * 10 * minute)

describe('a schedule', () => {
  it('W10: fires once a day over both changes of the clocks in Paris, over jumps of an hour and a leap second', (context) => {
    const daily = { cron: '30 2 * * *', time_zone: 'Europe/Paris' }
    let wrong = 0
    let days = 0
    for (const from of [at('2026-03-27T12:00:00Z'), at('2026-10-23T12:00:00Z')]) {
      const to = from + 5 * 24 * hour
      const steady = looks(from, to)
      const jumped = steady.map((now, index) => now + (index % 300 > 150 ? hour : -hour))
      for (const clock of [steady, jumped]) {
        const fired = fire(daily, clock, from)
        wrong += Math.abs(fired.length - 5) + (fired.length - new Set(fired).size)
        days += 5
      }
    }
    // A leap second: the clock says one second twice, or is slowed over it.
    const leap = { cron: '0 0 * * *', time_zone: 'UTC' }
    const midnight = at('2017-01-01T00:00:00Z')
    for (const clock of [
      [-2000, -1000, -1000, 0, 1000],
      [-1000, 0, -1, 0, 999, 1000],
      [-1500, -500, -500, 250, 1250],
    ]) {
      const fired = fire(
        leap,
        clock.map((offset) => midnight + offset),
        midnight - hour,
      )
      wrong += Math.abs(fired.length - 1)
      days += 1
    }
    // Every hour of a day of 23 hours and of one of 25, also where the clock jumps on the way.
    const hourly = { cron: '0 * * * *', time_zone: 'Europe/Paris' }
    for (const day of ['2026-03-29', '2026-10-25']) {
      const from = at(`${day}T00:00:00Z`) - hour
      const fired = fire(hourly, looks(from, from + 25 * hour), from)
      wrong += Math.abs(fired.length - 24) + (fired.length - new Set(fired).size)
      days += 24
    }
    reportFigure(context, {
      check: 'W10',
      claim: 'missed or double runs over changes and jumps of the clock',
      value: wrong,
      of: days,
      target: '0',
    })
    expect(wrong).toBe(0)
  })

  it('runs at the hour of its zone, winter and summer', () => {
    const daily = { cron: '0 6 * * *', time_zone: 'Europe/Paris' }
    expect(nextDue(daily, at('2026-01-10T00:00:00Z'))).toBe(at('2026-01-10T05:00:00Z'))
    expect(nextDue(daily, at('2026-07-10T00:00:00Z'))).toBe(at('2026-07-10T04:00:00Z'))
  })

  it('answers a long outage with one run, of the last instant that fell due', () => {
    const hourly = { cron: '0 * * * *', time_zone: 'UTC' }
    const down = { answered: at('2026-01-01T00:00:00Z'), now: at('2026-02-01T10:20:00Z'), spread: 0 }
    expect(findDue(hourly, down)).toBe(at('2026-02-01T10:00:00Z'))
  })

  it('spreads runs by at most a minute, and less where they come often', () => {
    const often = { cron: '*/5 * * * *', time_zone: 'UTC' }
    const answered = at('2026-01-01T00:00:00Z')
    const due = (now: number, spread: number) => findDue(often, { answered, now, spread })
    expect(due(answered + 5 * minute + 29_000, 0.999)).toBeUndefined()
    expect(due(answered + 5 * minute + 30_000, 0.999)).toBe(answered + 5 * minute)
  })

  it('is answered at most once for an instant, whatever the clock does', () => {
    const often = { cron: '*/7 * * * *', time_zone: 'America/New_York' }
    const jumps = fc.array(fc.integer({ min: -2 * hour, max: 3 * hour }), { maxLength: 60 })
    fc.assert(
      fc.property(jumps, (steps) => {
        const since = at('2026-03-08T04:00:00Z')
        let now = since
        const clock = steps.map((step) => (now += step))
        const fired = fire(often, clock, since)
        expect(fired).toEqual([...new Set(fired)].sort((a, b) => a - b))
      }),
    )
  })

  it('is refused where no instant ever fits', () => {
    expect(['0 6 * * *', '*/15 8-18 * * 1-5'].map(isCron)).toEqual([true, true])
    expect(['', '61 * * * *', '0 0 30 2 *', '* * * * * *', 'daily'].map(isCron)).toEqual(
      Array.from({ length: 5 }, () => false),
    )
  })

  it('is watched: a run that never began, and none that succeeded for twice the interval', () => {
    const daily = { cron: '0 6 * * *', time_zone: 'UTC' }
    const since = at('2026-01-01T00:00:00Z')
    const seen = { since, answered: at('2026-01-05T06:00:00Z'), lastSuccessAt: at('2026-01-05T06:01:00Z') }
    const judge = (now: string, change = {}) => judgeSchedule(daily, { ...seen, ...change, now: at(now) })
    expect(judge('2026-01-06T06:10:00Z')).toBeUndefined()
    expect(judge('2026-01-06T06:20:00Z')).toBe('never_began')
    const failing = { answered: at('2026-01-07T06:00:00Z') }
    expect(judge('2026-01-07T06:10:00Z', failing)).toBeUndefined()
    expect(judge('2026-01-07T06:20:00Z', failing)).toBe('no_success')
  })
})

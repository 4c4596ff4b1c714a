import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createCycleAlarm } from '../../../hub-server/worker/cycle-alarm.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const minute = 60_000
const never = new AbortController().signal

function waiting(everyMs: number, signal = never) {
  const clock = createFixedClock(0)
  const alarm = createCycleAlarm(clock)
  let cycles = 0
  const begin = (): Promise<void> => alarm.waitForCycle({ startedAt: clock.now(), everyMs }, signal)
  async function pass(ms: number): Promise<number> {
    clock.advance(ms)
    await nextTurn()
    return cycles
  }
  return { clock, alarm, pass, begin, count: () => (cycles += 1) }
}

describe('createCycleAlarm', () => {
  it('lets the next cycle begin at its interval', async () => {
    const { begin, pass, count } = waiting(10 * minute)
    void begin().then(count)
    expect(await pass(10 * minute - 1)).toBe(0)
    expect(await pass(1)).toBe(1)
  })

  it('lets it begin five seconds after the first signal, so that it sees the burst', async () => {
    const { alarm, begin, pass, count } = waiting(60 * minute)
    void begin().then(count)
    await pass(20 * minute)
    alarm.ring()
    await pass(0)
    alarm.ring()
    expect(await pass(4_999)).toBe(0)
    expect(await pass(1)).toBe(1)
  })

  it('never lets two begin within a minute, however many signals come', async () => {
    const { alarm, begin, pass, count } = waiting(60 * minute)
    void begin().then(count)
    alarm.ring()
    await pass(0)
    expect(await pass(minute - 1)).toBe(0)
    expect(await pass(1)).toBe(1)
  })

  it('remembers what rang while a cycle ran, and forgets what the next one reads', async () => {
    const { alarm, begin, pass, count } = waiting(60 * minute)
    alarm.ring()
    void begin().then(count)
    await pass(0)
    expect(await pass(minute)).toBe(1)
    void begin().then(count)
    expect(await pass(59 * minute)).toBe(1)
    expect(await pass(minute)).toBe(2)
  })

  it('is not late when it rings just before the interval ends', async () => {
    const { alarm, begin, pass, count } = waiting(10 * minute)
    void begin().then(count)
    await pass(10 * minute - 1000)
    alarm.ring()
    await pass(0)
    expect(await pass(1000)).toBe(1)
  })

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController()
    const { alarm, begin } = waiting(10 * minute, stop.signal)
    const quiet = begin()
    stop.abort()
    await expect(quiet).rejects.toThrow('aborted')
    alarm.ring()
    await expect(begin()).rejects.toThrow('abort')
  })
})

import { describe, expect, it } from 'vitest'
import { createStageLock } from '../../../hub-server/worker/stage-lock.ts'

/** Work that ends when it is told to, and notes when it began. */
function aWork(
  log: string[],
  name: string,
): { readonly work: () => Promise<void>; readonly end: () => void } {
  const gate = Promise.withResolvers<void>()
  return {
    async work() {
      log.push(`${name} begins`)
      await gate.promise
      log.push(`${name} ends`)
    },
    end: () => gate.resolve(),
  }
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a stage lock', () => {
  it('lets shared work run together, and exclusive work only alone', async () => {
    const log: string[] = []
    const lock = createStageLock()
    const [one, two, cycle, later] = ['one', 'two', 'cycle', 'later'].map((name) => aWork(log, name))
    if (!one || !two || !cycle || !later) throw new Error('four works')
    let wanted: AbortSignal | undefined
    const all = [
      lock.shared((signal) => {
        wanted = signal
        return one.work()
      }),
      lock.shared(two.work),
      lock.exclusive(cycle.work),
      lock.shared(later.work),
    ]
    await soon()
    expect(log).toEqual(['one begins', 'two begins'])
    expect(wanted?.aborted).toBe(true)
    one.end()
    await soon()
    expect(log).not.toContain('cycle begins')
    two.end()
    await soon()
    expect(log.slice(2)).toEqual(['one ends', 'two ends', 'cycle begins'])
    cycle.end()
    await soon()
    expect(log.at(-1)).toBe('later begins')
    later.end()
    await Promise.all(all)
  })

  it('goes on after work that failed', async () => {
    const lock = createStageLock()
    const fault = new Error('fault')
    await expect(lock.exclusive(() => Promise.reject(fault))).rejects.toBe(fault)
    await expect(lock.shared(() => Promise.reject(fault))).rejects.toBe(fault)
    let isWanted = true
    await lock.shared((wanted) => {
      isWanted = wanted.aborted
      return Promise.resolve()
    })
    expect(isWanted).toBe(false)
    await expect(lock.exclusive(() => Promise.resolve('done'))).resolves.toBe('done')
  })
})

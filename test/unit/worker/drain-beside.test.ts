import { describe, expect, it, vi } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { drainBeside } from '../../../hub-server/worker/drain-beside.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

describe('drainBeside', () => {
  it('drains while the work lasts, past a drain that fails, and not after it', async () => {
    const clock = createFixedClock('2026-03-01T12:00:00Z')
    const codes: unknown[] = []
    const logger = {
      ...silentLogger,
      error: (_event: string, fields?: object) =>
        codes.push(fields && 'code' in fields ? fields.code : undefined),
    }
    let drains = 0
    const drainEvents = (): Promise<number> => {
      drains += 1
      return drains === 1
        ? Promise.reject(new AffluentError('store.disk_full', { act: 'draining events' }))
        : Promise.resolve(0)
    }
    const gate = Promise.withResolvers<string>()
    const work = drainBeside({ drainEvents, clock, logger }, () => gate.promise)
    await vi.waitFor(() => {
      clock.advance(1000)
      expect(drains).toBeGreaterThan(2)
    })
    expect(codes).toEqual(['store.disk_full'])
    gate.resolve('done')
    expect(await work).toBe('done')
    const before = drains
    clock.advance(10_000)
    expect(drains).toBe(before)
  })

  it('hands on what the work throws', async () => {
    const clock = createFixedClock('2026-03-01T12:00:00Z')
    const ports = { drainEvents: () => Promise.resolve(0), clock, logger: silentLogger }
    await expect(drainBeside(ports, () => Promise.reject(new RangeError('work')))).rejects.toThrow('work')
  })
})

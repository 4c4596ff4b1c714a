import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../../hub-server/intake/key-ring.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

describe('write keys', () => {
  it('are in force from their making until two seconds after they were revoked, and are kept as digests only', async () => {
    const clock = createFixedClock('2026-11-22T12:00:00Z')
    const store = await openControlStore(':memory:', clock)
    const find = createKeyRing(store, clock)
    expect(await find('wk_secret')).toBeUndefined()
    const key = { source: 'website', createdAt: clock.now(), createdBy: 'test' }
    const { id } = await store.addWriteKey(sha256('wk_secret'), key)
    clock.advance(2000)
    expect(await find('wk_secret')).toBe('website')
    expect(JSON.stringify(await store.writeKeys())).not.toContain('wk_secret')
    expect(await store.revokeWriteKey(id, clock.now())).toBe(true)
    expect(await store.revokeWriteKey(id, clock.now())).toBe(false)
    clock.advance(2000)
    expect(await find('wk_secret')).toBeUndefined()
    expect(await store.writeKeys()).toMatchObject([{ id, source: 'website', revokedAt: clock.now() - 2000 }])
    await store.close()
  })

  it('go on until an end that lies ahead, which may come nearer and not move away', async () => {
    const clock = createFixedClock('2026-11-22T12:00:00Z')
    const store = await openControlStore(':memory:', clock)
    const find = createKeyRing(store, clock)
    const key = { source: 'website', createdAt: clock.now(), createdBy: 'test' }
    const { id } = await store.addWriteKey(sha256('wk_secret'), key)
    const endsAt = clock.now() + 60_000
    expect(await store.revokeWriteKey(id, endsAt)).toBe(true)
    expect(await store.revokeWriteKey(id, endsAt + 1)).toBe(false)
    expect(await find('wk_secret')).toBe('website')
    clock.advance(59_000)
    expect(await find('wk_secret')).toBe('website')
    clock.advance(2000)
    expect(await find('wk_secret')).toBeUndefined()
    expect(await store.revokeWriteKey(id, clock.now())).toBe(false)
    await store.close()
  })

  it('are asked for again after the store failed', async () => {
    let failing = true
    const clock = createFixedClock('2026-11-22T12:00:00Z')
    const find = createKeyRing(
      {
        writeKeySources: async () => {
          if (failing) throw new Error('locked')
          return new Map([[sha256('wk'), 'app']])
        },
      },
      clock,
    )
    await expect(find('wk')).rejects.toThrow('locked')
    failing = false
    expect(await find('wk')).toBe('app')
  })
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import {
  createCredentialsKeeper,
  type CredentialsKeeper,
} from '../../../hub-server/net/credentials-keeper.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const box = createSecretBox(new Uint8Array(32).fill(7))
const { signal } = new AbortController()

/** A platform that rotates refresh tokens: using an old one twice revokes everything, as Salesforce does. */
class RotatingPlatform {
  refreshes = 0
  calls = 0
  revoked = false
  readonly clock: FixedClock

  constructor(clock: FixedClock) {
    this.clock = clock
  }

  obtain = async (previous: TokenGrant | undefined): Promise<TokenGrant> => {
    this.calls += 1
    const expected = this.refreshes === 0 ? undefined : `refresh-${this.refreshes}`
    if (previous?.refreshToken !== expected) {
      this.revoked = true
      throw new PlatformError('platform.auth_expired', { act: 'refreshing' })
    }
    this.refreshes += 1
    return {
      accessToken: `access-${this.refreshes}`,
      refreshToken: `refresh-${this.refreshes}`,
      expiresAt: this.clock.now() + 1_800_000,
      facts: { account: 'acme' },
    }
  }
}

let folder: string
let store: ControlStore
let clock: FixedClock
let platform: RotatingPlatform

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-keeper-'))
  clock = createFixedClock('2026-11-22T08:00:00Z', { autoAdvance: true })
  store = await openControlStore(join(folder, 'control.sqlite'), clock)
  platform = new RotatingPlatform(clock)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

function createKeeper(holder: string): CredentialsKeeper {
  return createCredentialsKeeper({
    connection: 'crm',
    obtain: platform.obtain,
    store,
    box,
    clock,
    signal,
    holder,
  })
}

describe('credentials keeper', () => {
  it('refreshes once for fifty callers that meet the end together, in two processes', async () => {
    const [one, two] = [createKeeper('one'), createKeeper('two')]
    await one.current()
    clock.advance(1_800_000)
    const grants = await Promise.all(
      Array.from({ length: 50 }, (_, caller) => (caller % 2 === 0 ? one : two).current()),
    )
    expect(new Set(grants.map((grant) => grant.accessToken))).toEqual(new Set(['access-2']))
    expect(platform).toMatchObject({ refreshes: 2, revoked: false })
  })

  it('renews ahead of the end, never after it', async () => {
    const keeper = createKeeper('one')
    await keeper.current()
    clock.advance(1_800_000 - 121_000)
    expect((await keeper.current()).accessToken).toBe('access-1')
    clock.advance(2000)
    expect((await keeper.current()).accessToken).toBe('access-2')
  })

  it('finds out at once that a rotated token was lost before it was stored, without a loop', async () => {
    const dying: Pick<ControlStore, 'grant' | 'writeGrant' | 'leaseGrant' | 'releaseGrant'> = {
      grant: (connection) => store.grant(connection),
      // The process is killed between the platform's answer and the commit.
      writeGrant: () => Promise.reject(new Error('killed')),
      leaseGrant: (...lease) => store.leaseGrant(...lease),
      releaseGrant: (...lease) => store.releaseGrant(...lease),
    }
    await createKeeper('one').current()
    clock.advance(1_800_000)
    const options = { connection: 'crm', obtain: platform.obtain, box, clock, signal }
    await expect(
      createCredentialsKeeper({ ...options, store: dying, holder: 'two' }).current(),
    ).rejects.toThrow('killed')
    const before = platform.calls
    const restarted = createKeeper('three')
    const attempts = 5
    for (let attempt = 0; attempt < attempts; attempt += 1)
      await expect(restarted.current()).rejects.toThrow('platform.auth_expired')
    expect(platform.calls - before).toBe(attempts)
  })

  it('goes on with what another process stored, after a restart', async () => {
    await createKeeper('one').current()
    expect((await createKeeper('two').current()).accessToken).toBe('access-1')
    expect(platform.refreshes).toBe(1)
  })

  it('keeps the old refresh token when the platform hands out no new one', async () => {
    const seen: (string | undefined)[] = []
    const keeper = createCredentialsKeeper({
      connection: 'crm',
      async obtain(previous) {
        seen.push(previous?.refreshToken)
        return {
          accessToken: `a${seen.length}`,
          expiresAt: null,
          facts: {},
          ...(seen.length === 1 && { refreshToken: 'first' }),
        }
      },
      store,
      box,
      clock,
      signal,
      holder: 'one',
    })
    await keeper.current()
    await keeper.renew('a1')
    await keeper.renew('a2')
    expect(seen).toEqual([undefined, 'first', 'first'])
  })

  it('takes over from a process that died while renewing', async () => {
    expect(await store.leaseGrant('crm', 'dead', clock.now() + 60_000)).toBe(true)
    expect((await createKeeper('two').current()).accessToken).toBe('access-1')
  })

  it('lets go of the lease when the platform fails, so that the next try is not held up', async () => {
    const failing = createCredentialsKeeper({
      connection: 'crm',
      obtain: () => Promise.reject(new PlatformError('platform.transient', { act: 'refreshing' })),
      store,
      box,
      clock,
      signal,
      holder: 'one',
    })
    await expect(failing.current()).rejects.toMatchObject({ code: 'platform.transient' })
    expect(await store.leaseGrant('crm', 'two', clock.now() + 1000)).toBe(true)
  })

  it('stores nothing that can be read without the key', async () => {
    await createKeeper('one').current()
    const bytes = Buffer.concat([
      await readFile(join(folder, 'control.sqlite')),
      await readFile(join(folder, 'control.sqlite-wal')),
    ]).toString('latin1')
    expect(bytes).not.toContain('access-1')
    expect(bytes).not.toContain('refresh-1')
    expect(bytes).toContain('platform_grant')
  })

  it('sends a request again, once, after renewing the token that it was refused with', async () => {
    const { request, sent } = createCaller(createKeeper('one'))
    await Promise.all(Array.from({ length: 20 }, () => request('access-2')))
    expect(platform.refreshes).toBe(2)
    sent.length = 0
    await expect(request('never')).rejects.toMatchObject({ code: 'platform.auth_expired' })
    expect(sent).toEqual(['access-2', 'access-3'])
  })

  it('renews where the token that another process stored meanwhile is refused as well', async () => {
    const one = createCaller(createKeeper('one'))
    await one.request('access-1')
    await createCaller(createKeeper('another')).request('access-2')
    one.sent.length = 0
    await one.request('access-3')
    expect(one.sent).toEqual(['access-1', 'access-2', 'access-3'])
    expect(platform).toMatchObject({ refreshes: 3, revoked: false })
  })
})

/** Sends requests that are answered to `good` alone, and notes with which tokens. */
function createCaller(keeper: CredentialsKeeper): {
  readonly sent: string[]
  readonly request: (good: string) => Promise<unknown>
} {
  const sent: string[] = []
  const call = createPlatformCaller({
    connection: 'crm',
    budgets: [{ name: 'burst', scope: 'account', limit: 1_000_000, windowMs: 1000, source: 'test' }],
    clock,
    random: () => 0,
    logger: silentLogger,
    signal,
    credentials: keeper,
  })
  const request = (good: string): Promise<unknown> =>
    call({
      act: 'reading',
      budget: 'burst',
      async send() {
        const { accessToken } = await keeper.current()
        sent.push(accessToken)
        return { status: accessToken === good ? 200 : 401, headers: {}, body: null }
      },
      classify: (reply) =>
        reply.status === 401 ? new PlatformError('platform.auth_expired', { act: 'reading' }) : undefined,
    })
  return { sent, request }
}

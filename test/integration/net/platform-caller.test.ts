import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startSandboxServer, type SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformCall, PlatformReply } from '../../../core/port/platform-caller.ts'
import { installGuardedDispatcher } from '../../../hub-server/net/guarded-dispatcher.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { loopbackNetwork } from '../../support/loopback-network.ts'
import { silentLogger } from '../../support/silent-logger.ts'

beforeAll(() => installGuardedDispatcher({ networks: loopbackNetwork }))

let server: SandboxServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(): Promise<SandboxServer> {
  server = await startSandboxServer({
    clock: createFixedClock(0),
    routes: [{ method: 'GET', pattern: /^\/thing$/, answer: () => ({ status: 200, body: { ok: true } }) }],
  })
  return server
}

function classify(reply: PlatformReply): PlatformError | undefined {
  if (reply.status === 200) return undefined
  if (reply.status === 429) {
    const retryAfterMs = Number(reply.headers['retry-after']) * 1000
    return new PlatformError('platform.rate_limited', { act: 'reading a thing' }, { retryAfterMs })
  }
  return new PlatformError(reply.status >= 500 ? 'platform.transient' : 'platform.invalid_request', {
    act: 'reading a thing',
  })
}

function readThing(url: string, options: Partial<PlatformCall> = {}): PlatformCall {
  return {
    act: 'reading a thing',
    budget: 'burst',
    repeatable: true,
    classify,
    async send(signal) {
      const response = await fetch(`${url}/thing`, { signal })
      const body = await response.text()
      return { status: response.status, headers: Object.fromEntries(response.headers), body }
    },
    ...options,
  }
}

function createCaller() {
  const clock = createFixedClock(0, { autoAdvance: true })
  let calls = 0
  const call = createPlatformCaller({
    connection: 'shop',
    budgets: [{ name: 'burst', scope: 'account', limit: 1000, windowMs: 1000, source: 'test' }],
    clock,
    random: () => 0.5,
    logger: silentLogger,
    signal: new AbortController().signal,
    onCall: () => (calls += 1),
  })
  return { call, clock, calls: () => calls }
}

describe('platform caller', () => {
  it('waits as long as a 429 says, then goes on', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'reply', reply: { status: 429, headers: { 'retry-after': '90' } } })
    const { call, clock } = createCaller()
    expect((await call(readThing(url))).status).toBe(200)
    expect(clock.sleeps).toEqual([90_000])
  })

  it('parks with the instant when the wait is longer than an hour', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'reply', reply: { status: 429, headers: { 'retry-after': '7200' } } })
    const { call } = createCaller()
    await expect(call(readThing(url))).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: 7_200_000 },
    })
  })

  it('tries a passing fault again, with growing waits, and gives up in the end', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'reply', reply: { status: 503 }, times: 100 })
    const { call, clock, calls } = createCaller()
    await expect(call(readThing(url))).rejects.toMatchObject({ code: 'platform.transient' })
    expect(calls()).toBe(5)
    expect(clock.sleeps).toEqual([500, 1000, 2000, 4000])
  })

  it('never repeats a call that is not repeatable when its answer was lost', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'cut', when: 'after' })
    const { call, calls } = createCaller()
    await expect(call(readThing(url, { repeatable: false }))).rejects.toMatchObject({
      code: 'platform.transient',
    })
    expect(calls()).toBe(1)
  })

  it('gives a peer up that never answers', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'hang' })
    const { call } = createCaller()
    await expect(call(readThing(url, { timeoutMs: 50, repeatable: false }))).rejects.toMatchObject({
      code: 'platform.timed_out',
    })
  })

  it('asks a peer that was silent five times only once a call, until it answers again', async () => {
    const { url, faults } = await start()
    const { call, calls } = createCaller()
    const hung = readThing(url, { timeoutMs: 50 })
    faults.add({ kind: 'hang', times: 6 })
    await expect(call(hung)).rejects.toMatchObject({ code: 'platform.timed_out' })
    expect(calls()).toBe(5)
    await expect(call(hung)).rejects.toMatchObject({ code: 'platform.timed_out' })
    expect(calls()).toBe(6)
    await call(hung)
    faults.add({ kind: 'hang', times: 1 })
    expect((await call(hung)).status).toBe(200)
    expect(calls()).toBe(9)
  })

  it('cuts a 500 MB answer and an endless one at the limit', async () => {
    const { url, faults } = await start()
    const { call } = createCaller()
    faults.add({ kind: 'huge', bytes: 500 * 1024 * 1024 })
    await expect(call(readThing(url))).rejects.toMatchObject({ code: 'platform.answer_too_large' })
    faults.add({ kind: 'endless' })
    await expect(call(readThing(url))).rejects.toMatchObject({ code: 'platform.answer_too_large' })
  })

  it('passes an error of the record itself on at once', async () => {
    const { url, faults } = await start()
    faults.add({ kind: 'reply', reply: { status: 400 } })
    const { call, calls } = createCaller()
    await expect(call(readThing(url))).rejects.toMatchObject({ code: 'platform.invalid_request' })
    expect(calls()).toBe(1)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { Audience, DestinationRecord, ReplacedPart } from '../../../core/connector/destination.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { connectMeta, never, startAt, type MetaConnection } from './graph.ts'

const minuteMs = 60_000

let clock: FixedClock
let sandbox: MetaSandbox
let meta: MetaConnection
let audience: Audience
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock, limits: 'off' })
  meta = connectMeta(sandbox.url, {}, clock)
  audience = await meta.audiences.create({ name: 'Big spenders' })
  await meta.audiences.add({ audience, records: records(90, 95), signal: never })
  sandbox.ledger.splice(0)
})
afterEach(() => sandbox.close())

function records(from: number, to: number): DestinationRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    fields: { EMAIL: `p${from + index}@example.com` },
  }))
}
const nobody: DestinationRecord = { fields: { EMAIL: 'no address' } }
const hashes = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => sha256Hex(`p${from + index}@example.com`))
const members = (): string[] => [...(sandbox.audiences.get(audience.externalId)?.members ?? [])]
const sessions = () =>
  sandbox.requests.filter(({ path }) => path.endsWith('/usersreplace')).map(({ status }) => status)

interface Exchange {
  readonly parts: readonly (readonly DestinationRecord[])[]
  readonly session?: string
  readonly state?: JsonValue
  /** Called before each part is read. */
  readonly before?: (part: number) => void
}

async function* inParts({ parts, before }: Exchange) {
  for (const [index, part] of parts.entries()) {
    before?.(index)
    yield part
  }
}

async function exchange(wanted: Exchange): Promise<ReplacedPart[]> {
  const taken: ReplacedPart[] = []
  const total = wanted.parts.reduce((sum, part) => sum + part.length, 0)
  const request = { audience, session: 'run-1/1', total, state: null, signal: never, ...wanted }
  for await (const part of meta.audiences.replace({ ...request, parts: inParts(wanted) })) taken.push(part)
  return taken
}

describe('meta: replace in sessions (1.2)', () => {
  it('exchanges all members under one session, and nobody before the last part was taken', async () => {
    const sizes: number[] = []
    const parts = await exchange({
      parts: [records(0, 3), records(3, 6), records(6, 7)],
      before: () => sizes.push(members().length),
    })
    expect(parts.flatMap(({ outcomes }) => outcomes.map(({ status }) => status))).toEqual(
      Array(7).fill('applied'),
    )
    expect(sizes).toEqual([5, 5, 5])
    expect(members()).toEqual(hashes(0, 7))
    expect(sandbox.ledger.map(({ operation }) => operation)).toEqual(Array(3).fill('users_replace'))
  })

  it('marks the last request that has rows, though parts without any follow, and rejects those in their place', async () => {
    const parts = await exchange({ parts: [[nobody], [...records(0, 2), nobody], [nobody]] })
    expect(parts.map(({ outcomes }) => outcomes.map(({ status }) => status))).toEqual([
      ['rejected'],
      ['applied', 'applied', 'rejected'],
      ['rejected'],
    ])
    expect(members()).toEqual(hashes(0, 2))
  })

  it('refuses to exchange an audience for nobody, and says what to do', async () => {
    await expect(exchange({ parts: [[nobody, nobody]] })).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { remedy: expect.stringMatching(/map a field/) },
    })
    expect(members()).toEqual(hashes(90, 95))
  })

  it('goes on in the same session after a restart', async () => {
    const stop = new Error('killed')
    const taken: ReplacedPart[] = []
    const request = { audience, session: 'run-1/1', total: 6, state: null, signal: never }
    const killed = async (): Promise<void> => {
      const parts = inParts({ parts: [records(0, 2), records(2, 4), records(4, 6)] })
      for await (const part of meta.audiences.replace({ ...request, parts })) {
        taken.push(part)
        throw stop
      }
    }
    await expect(killed()).rejects.toBe(stop)
    await exchange({ parts: [records(2, 4), records(4, 6)], state: taken[0]?.state ?? null })
    expect(members()).toEqual(hashes(0, 6))
  })

  it('loses its session after 90 minutes: the audience holds what arrived, a new session repairs it (1870158)', async () => {
    const slow = exchange({
      parts: [records(0, 2), records(2, 4), records(4, 6)],
      before: (part) => void (part === 2 && clock.advance(91 * minuteMs)),
    })
    await expect(slow).rejects.toMatchObject({
      code: 'platform.session_lost',
      params: { meta_subcode: 1_870_158 },
    })
    expect(members()).toEqual(hashes(0, 2))
    await exchange({ parts: [records(0, 6)], session: 'run-1/2' })
    expect(members()).toEqual(hashes(0, 6))
  })

  it('loses a session of which Meta never saw the first request (1870147)', async () => {
    await expect(exchange({ parts: [records(0, 1)], state: { sequence: 1 } })).rejects.toMatchObject({
      code: 'platform.session_lost',
      params: { meta_subcode: 1_870_147 },
    })
  })

  it('loses a session that fails inside Meta, without repeating the request (1870148)', async () => {
    sandbox.failExchange(audience.externalId)
    await expect(exchange({ parts: [records(0, 1)] })).rejects.toMatchObject({
      code: 'platform.session_lost',
    })
    expect(sessions()).toHaveLength(1)
  })

  it('waits for a replacement that somebody else started, as long as one may take (1870145)', async () => {
    const parts = [records(0, 1), records(1, 2)]
    const begun = meta.audiences.replace({
      audience,
      session: 'elsewhere',
      total: 2,
      state: null,
      signal: never,
      parts: inParts({ parts }),
    })
    await begun[Symbol.asyncIterator]().next()
    await expect(exchange({ parts })).rejects.toMatchObject({
      code: 'platform.rate_limited',
      wait: { retryAfterMs: 90 * minuteMs },
    })
    const adding = meta.audiences.add({ audience, records: records(7, 8), signal: never })
    await expect(adding).rejects.toMatchObject({ code: 'platform.rate_limited' })
  })

  it('takes the last request for done when repeating it finds the session finished (1870159)', async () => {
    const [first] = await exchange({ parts: [records(0, 1), records(1, 2)] })
    const again = await exchange({ parts: [records(1, 2)], state: first?.state ?? null })
    expect(again[0]?.outcomes).toEqual([{ status: 'applied' }])
    expect(members()).toEqual(hashes(0, 2))
  })

  it('says that an audience of 100 million people needs another mode (1870144)', async () => {
    sandbox.pretendHuge(audience.externalId)
    await expect(exchange({ parts: [records(0, 1)] })).rejects.toMatchObject({
      code: 'platform.audience_unusable',
      params: { remedy: expect.stringMatching(/mirror/) },
    })
  })

  it('declares only the request that opens a session as one that must not be repeated', async () => {
    await exchange({ parts: [records(0, 1), records(1, 2)] })
    const calls = meta.calls.filter(({ act }) => act.startsWith('exchanging'))
    expect(calls.map(({ repeatable }) => repeatable)).toEqual([false, true])
  })

  it('cuts a large part into requests of 10,000 rows', async () => {
    await exchange({ parts: [records(0, 10_001)] })
    expect(sessions()).toEqual([200, 200])
    expect(members()).toHaveLength(10_001)
  })

  it('sends nothing once its signal has aborted', async () => {
    const before = sandbox.requests.length
    const request = { audience, session: 's', total: 1, state: null, signal: AbortSignal.abort() }
    const parts = meta.audiences.replace({ ...request, parts: inParts({ parts: [records(0, 1)] }) })
    await expect(parts[Symbol.asyncIterator]().next()).rejects.toBeDefined()
    expect(sandbox.requests).toHaveLength(before)
  })

  it('is told to the hub as something the audience can do', () => {
    expect(metaConnector.destinations[0]?.capabilities.replace).toBe(true)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { sha256Hex } from '../../../connectors/meta/hashing.ts'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { connectMeta, createAudience, never, startAt, type MetaConnection } from './graph.ts'

let clock: FixedClock
let sandbox: MetaSandbox
let meta: MetaConnection
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
  meta = connectMeta(sandbox.url, {}, clock)
})
afterEach(() => sandbox.close())

const people = (count: number): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({ fields: { EMAIL: `p${index}@example.com` } }))
const hashes = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => sha256Hex(`p${index}@example.com`))
const membersOf = (audience: Audience): string[] => [
  ...(sandbox.audiences.get(audience.externalId)?.members ?? []),
]
const open = (): Promise<Audience> => meta.audiences.create({ name: 'Big spenders' })

const answer = (body: object): void => sandbox.faults.add({ kind: 'reply', reply: { status: 200, body } })
/** Adds people and has Meta answer this. */
const strike = async (count: number, body: object) => {
  const audience = await open()
  answer(body)
  return meta.audiences.add({ audience, records: people(count), signal: never })
}
const failing = async (): Promise<string[]> =>
  (await meta.connection.test()).filter(({ ok }) => !ok).map(({ remedy }) => remedy ?? '')

describe('meta: find and create', () => {
  it('finds by exact name among many pages', async () => {
    for (let each = 0; each < 45; each += 1) await createAudience(sandbox, `Audience ${each}`)
    const wanted = await createAudience(sandbox, 'Big spenders')
    await createAudience(sandbox, 'big spenders')
    expect(await meta.audiences.find({ name: 'Big spenders' })).toMatchObject({ externalId: wanted })
    expect(meta.calls).toHaveLength(3)
  })

  it('refuses to guess between two audiences of one name', async () => {
    await createAudience(sandbox, 'Twin')
    await createAudience(sandbox, 'Twin')
    await expect(meta.audiences.find({ name: 'Twin' })).rejects.toMatchObject({
      code: 'platform.audience_unusable',
    })
  })

  it('takes a stored audience for gone only after the account’s list was readable (trap 7)', async () => {
    const audience = await open()
    sandbox.deleteAudience(audience.externalId)
    expect(await meta.audiences.find(audience)).toBeNull()
    const elsewhere = connectMeta(sandbox.url, { ad_account_id: 'act_999' })
    await expect(elsewhere.audiences.find(audience)).rejects.toMatchObject({ code: 'platform.not_found' })
  })

  it('refuses a stored audience of another ad account', async () => {
    const audience = await open()
    const moved = connectMeta(sandbox.url, { ad_account_id: 'act_999' })
    await expect(moved.audiences.find(audience)).rejects.toMatchObject({ code: 'platform.account_changed' })
  })

  it('stops on a page that comes twice', async () => {
    const paging = { cursors: { after: 'same' }, next: 'https://graph.facebook.com/next' }
    const reply = { status: 200, body: { data: [], paging } }
    sandbox.faults.add({ kind: 'reply', times: 5, reply })
    await expect(meta.audiences.find({ name: 'x' })).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
    expect(sandbox.requests).toHaveLength(2)
  })

  it('creates nothing before the terms are accepted, and gives their link', async () => {
    sandbox.acceptTerms(false)
    await expect(open()).rejects.toMatchObject({
      code: 'platform.terms_not_accepted',
      params: {
        link: 'https://business.facebook.com/ads/manage/customaudiences/tos/?act=1234567890',
      },
    })
    expect(sandbox.requests.filter(({ method }) => method === 'POST')).toEqual([])
  })
})

describe('meta: add and remove', () => {
  it('adds people and takes some off again', async () => {
    const audience = await open()
    await meta.audiences.add({ audience, records: people(5), signal: never })
    expect(membersOf(audience)).toEqual(hashes(5))
    await meta.audiences.remove({ audience, records: people(2), signal: never })
    expect(membersOf(audience)).toEqual(hashes(5).slice(2))
  })

  it('removes thousands at once, which would not fit into an address (trap 2)', async () => {
    const audience = await open()
    await meta.audiences.add({ audience, records: people(10_000), signal: never })
    const before = sandbox.requests.length
    await meta.audiences.remove({ audience, records: people(10_000), signal: never })
    expect(sandbox.requests.slice(before)).toMatchObject([{ method: 'POST', status: 200 }])
    expect(membersOf(audience)).toEqual([])
  })

  it('cuts what is larger than a request into batches of one session', async () => {
    const audience = await open()
    const before = sandbox.requests.length
    const outcomes = await meta.audiences.add({ audience, records: people(20_001), signal: never })
    expect(outcomes.every(({ status }) => status === 'applied')).toBe(true)
    expect(sandbox.requests.length - before).toBe(3)
    expect(membersOf(audience)).toHaveLength(20_001)
  })

  it('adds, removes and adds the same people at one instant of the clock', async () => {
    const audience = await open()
    const request = { audience, records: people(3), signal: never }
    await meta.audiences.add(request)
    await meta.audiences.remove(request)
    await meta.audiences.add(request)
    expect(membersOf(audience)).toEqual(hashes(3))
  })

  it('keeps order and neighbours when values are bad (B5)', async () => {
    const audience = await open()
    const records = [
      { fields: { EMAIL: 'p0@example.com', PHONE: 'no number' } },
      { fields: { EMAIL: 'broken' } },
      { fields: { FN: 'Ada' } },
      { fields: { EMAIL: 'p1@example.com', PHONE: null } },
    ]
    const outcomes = await meta.audiences.add({ audience, records, signal: never })
    expect(outcomes).toMatchObject([
      { status: 'applied' },
      { status: 'rejected', reason: { code: 'invalid_email' } },
      { status: 'rejected', reason: { code: 'missing_identifier' } },
      { status: 'applied' },
    ])
    expect(membersOf(audience)).toEqual(hashes(2))
    expect(meta.logs.map(({ event, fields }) => [event, fields['field'], fields['values']])).toEqual([
      ['meta_values_left_out', 'PHONE', 1],
      ['meta_values_left_out', 'EMAIL', 1],
    ])
  })

  it('calls nobody when no record can be matched', async () => {
    const audience = await open()
    const before = sandbox.requests.length
    await meta.audiences.add({ audience, records: [{ fields: { FN: 'Ada' } }], signal: never })
    expect(sandbox.requests).toHaveLength(before)
  })

  it('never sends a value as it was written', async () => {
    const audience = await open()
    const records = [{ fields: { EMAIL: 'Mary@Example.com', PHONE: '+33612345678', FN: 'Mary' } }]
    await meta.audiences.add({ audience, records, signal: never })
    expect(sandbox.ledger.at(-1)?.members).toEqual([
      [sha256Hex('mary@example.com'), sha256Hex('33612345678'), sha256Hex('mary')].join('|'),
    ])
  })

  it('rejects each record of a removal that would make the audience too small (trap 8, B41)', async () => {
    const audience = await open()
    await meta.audiences.add({ audience, records: people(5), signal: never })
    sandbox.refuseRemovalsBelow(4)
    const outcomes = await meta.audiences.remove({ audience, records: people(2), signal: never })
    expect(outcomes).toHaveLength(2)
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'audience_too_small' } })
    expect(membersOf(audience)).toHaveLength(5)
  })

  it('throws when the audience is disabled', async () => {
    const audience = await open()
    sandbox.disableAudience(audience.externalId)
    await expect(meta.audiences.add({ audience, records: people(1), signal: never })).rejects.toMatchObject({
      code: 'platform.audience_unusable',
    })
  })
})

describe('meta: throttle headers (trap 5)', () => {
  it('shows them to the hub with each answer', async () => {
    const audience = await open()
    const replies: PlatformReply[] = []
    const call = createDirectCaller()
    const watched = connectMeta(sandbox.url, {}, clock, async (request) => {
      const reply = await call(request)
      replies.push(reply)
      return reply
    })
    await watched.audiences.add({ audience, records: people(1), signal: never })
    const budget = metaConnector.budgets.find(({ name }) => name === 'custom_audience_limited')
    expect(budget?.readRemaining?.(replies[0]?.headers ?? {})).toBe(4_950)
  })

  it('waits as many minutes as the refusal tells', async () => {
    const usage = [{ type: 'custom_audience', call_count: 100, estimated_time_to_regain_access: 50 }]
    const headers = { 'x-business-use-case-usage': JSON.stringify({ 1234567890: usage }) }
    const error = { message: 'too many calls', type: 'OAuthException', code: 80_003 }
    const audience = await open()
    sandbox.faults.add({ kind: 'reply', reply: { status: 400, headers, body: { error } } })
    await expect(meta.audiences.add({ audience, records: people(1), signal: never })).rejects.toMatchObject({
      code: 'platform.rate_limited',
      wait: { retryAfterMs: 50 * 60_000 },
    })
  })
})

describe('meta: what Meta counts as invalid', () => {
  it('rejects exactly the rows that stand in the samples', async () => {
    const samples = { [JSON.stringify([hashes(2)[1]])]: 'invalid' }
    const body = { num_received: 3, num_invalid_entries: 1, invalid_entry_samples: samples }
    const outcomes = await strike(3, body)
    expect(outcomes.map(({ status }) => status)).toEqual(['applied', 'rejected', 'applied'])
  })

  it('rejects all rows when Meta counts all', async () => {
    const outcomes = await strike(3, { num_received: 3, num_invalid_entries: '3' })
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('says in the log how many rows Meta counts without showing them', async () => {
    await strike(3, { num_received: 3, num_invalid_entries: 2 })
    expect(meta.logs).toContainEqual({
      event: 'meta_invalid_entries_untold',
      fields: { connection: 'meta-ads', operation: 'add', rows: 3, untold: 2 },
    })
  })

  it('fails all rows when Meta received none', async () => {
    const outcomes = await strike(2, { num_received: 0 })
    expect(outcomes).toMatchObject([{ status: 'failed' }, { status: 'failed' }])
  })

  it('logs nothing when all is well', async () => {
    await meta.audiences.add({ audience: await open(), records: people(3), signal: never })
    expect(meta.logs).toEqual([])
  })
})

describe('meta: size, erasure and test', () => {
  it('reads the size after a day, and nothing before (B42)', async () => {
    const audience = await open()
    await meta.audiences.add({ audience, records: people(250), signal: never })
    expect(await meta.audiences.readSize(audience)).toEqual({
      atLeast: null,
      atMost: null,
      tooSmall: true,
    })
    clock.advance(meta.audiences.visibleAfterMs)
    expect(await meta.audiences.readSize(audience)).toEqual({ atLeast: 200, atMost: 300 })
  })

  it('erases a person from every audience, by all that was sent of them', async () => {
    const [one, two] = [await open(), await meta.audiences.create({ name: 'Lapsed' })]
    await meta.audiences.add({ audience: one, records: people(2), signal: never })
    await meta.audiences.add({
      audience: two,
      records: [{ fields: { EXTERN_ID: 'c-1' } }],
      signal: never,
    })
    const sent = [{ EMAIL: 'p0@example.com' }, { EXTERN_ID: 'c-1' }]
    expect(await meta.connection.erase?.({ keys: [], sent })).toMatchObject({
      status: 'removed_from_audiences',
    })
    expect(membersOf(one)).toEqual(hashes(2).slice(1))
    expect(membersOf(two)).toEqual([])
    expect(sandbox.ledger.at(-1)?.operation).toBe('users_erase')
  })

  it('finds nobody to erase when nothing was sent that names a person', async () => {
    expect(await meta.connection.erase?.({ keys: [], sent: [{ FN: 'Ada' }] })).toMatchObject({
      status: 'not_found',
    })
    expect(sandbox.requests).toEqual([])
  })

  it('says line by line what is not in order, with the remedy', async () => {
    expect(await failing()).toEqual([])
    sandbox.acceptTerms(false)
    expect(await failing()).toEqual([expect.stringContaining('/customaudiences/tos/?act=1234567890')])
    sandbox.acceptTerms(true)
    sandbox.setPermissions(['ads_read'])
    expect(await failing()).toEqual([expect.stringContaining('ads_management')])
    sandbox.revokeToken(463)
    expect(await failing()).toEqual([expect.stringContaining('new token')])
  })

  it('says that the ad account is out of reach', async () => {
    const lines = await connectMeta(sandbox.url, { ad_account_id: 'act_999' }).connection.test()
    expect(lines.find(({ ok }) => !ok)).toMatchObject({ name: 'the ad account is reachable' })
  })
})

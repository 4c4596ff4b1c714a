import { afterEach, describe, expect, it } from 'vitest'
import type { ChangeSignal, SignalPage } from '../../../core/connector/signal.ts'
import type { Cursor } from '../../../core/connector/source.ts'
import { failure, never, openSandbox, sandboxApp, type OpenSandbox } from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const portalId = 4_242_424

async function pages(cursor: Cursor | null): Promise<SignalPage[]> {
  const [feed] = open.connection.signalFeeds
  const found: SignalPage[] = []
  for await (const page of feed?.read({ cursor, signal: never }) ?? []) found.push(page)
  return found
}

/** Reads on from a cursor: the signals, and the cursor to go on from. */
async function read(cursor: Cursor): Promise<{ signals: ChangeSignal[]; cursor: Cursor }> {
  const found = await pages(cursor)
  return { signals: found.flatMap(({ signals }) => signals), cursor: found.at(-1)?.cursor ?? cursor }
}

async function start(config = {}): Promise<Cursor> {
  open = await openSandbox({}, { ...sandboxApp, ...config })
  const [first] = await pages(null)
  if (!first) throw new Error('the feed gave no first position')
  expect(first.signals).toEqual([])
  return first.cursor
}

const happen = (...events: object[]): void =>
  open.sandbox.journal.publish(
    events.map((event) => ({
      type: 'OBJECT',
      portalId,
      occurredAt: '2026-11-22T10:00:00.000Z',
      objectTypeId: '0-1',
      objectId: 1000,
      action: 'UPDATE',
      propertyChanges: {},
      ...event,
    })),
  )

describe('webhooks journal', () => {
  it('starts from now, goes on from the offset, and stops at 204', async () => {
    open = await openSandbox({}, sandboxApp)
    happen({ objectId: 1 })
    const [first] = await pages(null)
    happen({ objectId: 2 })
    happen({ objectId: 3 })
    const later = await pages(first?.cursor ?? null)
    expect(later.map(({ signals }) => signals.map(({ externalId }) => externalId))).toEqual([['2'], ['3']])
    expect(await pages(later.at(-1)?.cursor ?? null)).toEqual([])
    expect(await pages(later[0]?.cursor ?? null)).toHaveLength(1)
  })

  it('an empty journal is read from its start later on, so that the first entry is not lost', async () => {
    const cursor = await start()
    happen({ objectId: 1 })
    expect((await read(cursor)).signals).toHaveLength(1)
  })

  it.each([
    ['CREATE', {}, { kind: 'changed', stream: 'contacts', externalId: '1000' }],
    ['DELETE', {}, { kind: 'deleted' }],
    ['RESTORE', {}, { kind: 'changed' }],
    ['DELETE', { objectTypeId: '0-2' }, { kind: 'deleted', stream: 'companies' }],
    [
      'MERGE',
      { mergedObjectIds: [998, 999, 1000] },
      { kind: 'merged', externalId: '1000', mergedIds: ['998', '999'] },
    ],
    ['GDPR_DELETE', { type: 'GDPR_PRIVACY_DELETION' }, { kind: 'erased', externalId: '1000' }],
    [
      'ADDED_TO_LIST',
      { type: 'LIST_MEMBERSHIP', objectTypeId: undefined, listId: 77 },
      { kind: 'member_added', stream: 'contacts', externalId: '1000', audienceId: '77' },
    ],
    [
      'REMOVED_FROM_LIST',
      { type: 'LIST_MEMBERSHIP', listId: 77 },
      { kind: 'member_removed', audienceId: '77' },
    ],
    ['ASSOCIATION_ADDED', { type: 'ASSOCIATION' }, { kind: 'changed', stream: 'contacts' }],
    [
      'UPDATE',
      { propertyChanges: { hs_email_optout: 'true', hs_email_optout_7: 'false' } },
      { kind: 'opted_out', fields: ['hs_email_optout'] },
    ],
    ['UPDATE', { propertyChanges: { hs_email_optout: 'false' } }, { kind: 'changed' }],
    ['APP_UNINSTALL', { type: 'APP_LIFECYCLE_EVENT', objectTypeId: '4-1916193' }, { kind: 'uninstalled' }],
  ])('%s %o is told as %o', async (action, more, expected) => {
    const cursor = await start()
    happen({ action, ...more })
    expect((await read(cursor)).signals).toMatchObject([expected])
  })

  it('leaves out other accounts, other objects and what cannot be read; their neighbours go on', async () => {
    const cursor = await start()
    happen({ portalId: 1 }, { objectTypeId: '2-99' }, { action: 'SOMETHING_NEW' }, { occurredAt: null }, {})
    const { signals } = await read(cursor)
    expect(signals).toHaveLength(1)
  })

  it('the same event has the same id when it is told again, a deletion and its erasure have two', async () => {
    const cursor = await start()
    happen({ action: 'DELETE' })
    happen({ action: 'GDPR_DELETE', type: 'GDPR_PRIVACY_DELETION' }, { action: 'DELETE' })
    const ids = (await read(cursor)).signals.map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(ids[0]).toBe(ids[2])
  })

  it('subscribes once to what is missing, and only for this account', async () => {
    open = await openSandbox({}, sandboxApp)
    open.sandbox.journal.subscriptions.push({
      id: 99,
      subscriptionType: 'OBJECT',
      portalId: 1,
      objectTypeId: '0-1',
      actions: ['CREATE', 'UPDATE', 'DELETE', 'MERGE', 'RESTORE'],
    })
    await pages(null)
    await pages(null)
    const own = open.sandbox.journal.subscriptions.slice(1)
    expect(own.map(({ subscriptionType }) => subscriptionType)).toEqual([
      'OBJECT',
      'ASSOCIATION',
      'GDPR_PRIVACY_DELETION',
      'LIST_MEMBERSHIP',
      'APP_LIFECYCLE_EVENT',
    ])
    expect(own[3]).toMatchObject({ portalId, actions: ['ADDED_TO_LIST', 'REMOVED_FROM_LIST'] })
  })

  it('after more than three days the offset is gone: what is left is read, nothing fails', async () => {
    open = await openSandbox({}, sandboxApp)
    happen({ objectId: 1 })
    const cursor = (await pages(null))[0]?.cursor ?? null
    open.clock.advance(4 * 86_400_000)
    happen({ objectId: 2 })
    expect((await read(cursor)).signals.map(({ externalId }) => externalId)).toEqual(['2'])
  })

  it('uses the app’s own token, renews it ahead of its end, and sends no bearer with a download', async () => {
    const cursor = await start()
    const tokens = (): number => open.sandbox.requests.filter(({ path }) => path.includes('/oauth/')).length
    await read(cursor)
    expect(tokens()).toBe(1)
    open.clock.advance(1_700_000)
    happen({})
    expect((await read(cursor)).signals).toHaveLength(1)
    expect(tokens()).toBe(2)
    expect(open.sandbox.requests.filter(({ status }) => status === 401)).toEqual([])
  })

  it('a token that dies early is asked for anew; nobody has to reconnect the account', async () => {
    const cursor = await start()
    happen({})
    open.sandbox.faults.add({
      kind: 'reply',
      match: /subscriptions/,
      reply: { status: 401, body: { status: 'error', category: 'EXPIRED_AUTHENTICATION' } },
    })
    expect((await failure(read(cursor))).code).toBe('platform.transient')
    expect((await read(cursor)).signals).toHaveLength(1)
    expect(open.sandbox.requests.filter(({ path }) => path.includes('/oauth/'))).toHaveLength(2)
  })

  it('is paid from a budget of its own: the journal is exempt from the account’s limits', async () => {
    await start()
    const budgets = open.calls.filter(({ act }) => act.includes('journal')).map(({ budget }) => budget)
    expect(new Set(budgets)).toEqual(new Set(['webhooks_journal']))
  })

  it('a cursor of another version starts from now', async () => {
    await start()
    happen({})
    expect((await pages({ version: 0 })).flatMap(({ signals }) => signals)).toEqual([])
  })

  it('without an app there is no journal, and nobody is called', async () => {
    open = await openSandbox()
    expect(await pages(null)).toEqual([])
    expect(open.sandbox.requests).toEqual([])
  })

  it.each([
    ['a signed address that has ended', { status: 403, body: 'expired' }, 'platform.transient'],
    ['a page instead of the entry', { status: 200, body: '<html>' }, 'platform.unreadable_answer'],
    ['an outage', { status: 503, body: '' }, 'platform.transient'],
  ])('%s is no success and keeps the place', async (_what, reply, code) => {
    const cursor = await start()
    happen({})
    open.sandbox.faults.add({ kind: 'reply', match: /journal-files/, reply })
    expect((await failure(read(cursor))).code).toBe(code)
    expect((await read(cursor)).signals).toHaveLength(1)
  })

  it('an offset that does not move ends with an error', async () => {
    open = await openSandbox({}, sandboxApp)
    happen({})
    const cursor = (await pages(null))[0]?.cursor ?? null
    happen({})
    const body = {
      url: `${open.sandbox.url}/journal-files/0198f2-000001?until=9999999999999`,
      currentOffset: '0198f2-000001',
    }
    open.sandbox.faults.add({ kind: 'reply', match: /next$/, times: 9, reply: { status: 200, body } })
    expect((await failure(read(cursor))).code).toBe('connector.cursor_repeated')
  })
})

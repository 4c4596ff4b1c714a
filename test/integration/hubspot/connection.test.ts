import { afterEach, describe, expect, it } from 'vitest'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { add, makeList, failure, openSandbox, people, readAll, type OpenSandbox } from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const probe = (): Promise<unknown> => open.list.find({ name: 'x' })

async function makeManyCalls(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await probe()
}

/** A connection that knows its account already: the next request is the one that is struck. */
async function prepare(): Promise<void> {
  open = await openSandbox()
  await probe()
}

describe('account', () => {
  it('N26: a token of another account is refused before anything is read', async (context) => {
    open = await openSandbox({}, { portal_id: '1' })
    expect((await failure(readAll(open))).code).toBe('platform.account_changed')
    const read = open.sandbox.requests.length - 1
    reportFigure(context, {
      check: 'N26',
      claim: 'requests after the account was seen to be another',
      value: read,
      target: '0',
    })
    expect(read).toBe(0)
  })

  it('is read once per connection, also when the first calls come together', async () => {
    open = await openSandbox()
    await Promise.all([open.list.find({ name: 'a' }), open.list.find({ name: 'b' }), readAll(open)])
    expect(open.calls.filter(({ act }) => act === 'reading the account details')).toHaveLength(1)
  })

  it('is asked for again after it could not be read', async () => {
    open = await openSandbox()
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 503, body: '' } })
    expect((await failure(open.list.find({ name: 'a' }))).code).toBe('platform.transient')
    expect(await open.list.find({ name: 'a' })).toBeNull()
  })

  it('an expired or wrong token asks for a person', async () => {
    open = await openSandbox()
    open.sandbox.expireToken()
    const expired = await failure(readAll(open))
    expect([expired.code, expired.params['category']]).toEqual([
      'platform.auth_expired',
      'EXPIRED_AUTHENTICATION',
    ])
  })
})

describe('test of a connection', () => {
  it('has a line for the account and one for each scope', async () => {
    open = await openSandbox()
    expect((await open.connection.test()).map(({ name, ok }) => [name, ok])).toEqual([
      ['account 4242424', true],
      ['crm.objects.contacts.read', true],
      ['crm.objects.contacts.write', true],
      ['crm.lists.read', true],
      ['crm.lists.write', true],
    ])
    expect(open.sandbox.ledger).toEqual([])
  })

  it('N25: names each scope that is missing and what to do', async (context) => {
    open = await openSandbox()
    const missing = ['crm.objects.contacts.write', 'crm.lists.write']
    for (const scope of missing) open.sandbox.scopes.delete(scope)
    const failing = (await open.connection.test()).filter(({ ok }) => !ok)
    const generic = missing.filter((scope) => !failing.some(({ remedy }) => remedy?.includes(scope)))
    reportFigure(context, {
      check: 'N25',
      claim: 'missing scopes that no remedy names',
      value: generic.length,
      of: missing.length,
      target: '0',
    })
    expect(failing.map(({ name }) => name)).toEqual(['crm.objects.contacts.write', 'crm.lists.write'])
    expect(failing[0]?.remedy).toContain('crm.objects.contacts.write')
  })

  it('looks at the unique property where there is one', async () => {
    open = await openSandbox({
      uniqueProperties: ['hub_person_id'],
      contacts: [{ id: '1', properties: { crm_id: 'x' } }],
    })
    expect((await open.connection.test()).at(-1)).toEqual({ name: 'unique property hub_person_id', ok: true })
    await open.sandbox.close()
    open = await openSandbox(
      { contacts: [{ id: '1', properties: { crm_id: 'x' } }] },
      { unique_property: 'crm_id' },
    )
    expect((await open.connection.test()).at(-1)).toMatchObject({ name: 'unique property crm_id', ok: false })
  })
})

describe('limits', () => {
  it('the published windows refuse as HubSpot does, and the refusals say how long to wait', async () => {
    open = await openSandbox({ limits: { burst: 5 } })
    const error = await failure(makeManyCalls(6))
    expect(error).toBeInstanceOf(PlatformError)
    expect((error as PlatformError).wait).toEqual({ retryAfterMs: 10_000 })
    open.clock.advance(10_000)
    expect(await open.list.find({ name: 'x' })).toBeNull()
  })

  it('N12: an exhausted daily quota parks until midnight of the account, and then goes on', async () => {
    open = await openSandbox({ limits: { daily: 3 }, account: { timeZone: 'America/New_York' } })
    const error = (await failure(makeManyCalls(4))) as PlatformError
    expect(error.code).toBe('platform.quota_exhausted')
    expect(error.wait).toEqual({ until: Date.parse('2026-11-23T05:00:00Z') })
    open.clock.advance((error.wait.until ?? 0) - open.clock.now())
    expect(await open.list.find({ name: 'x' })).toBeNull()
  })

  it('leaves the reserved part of the daily quota to others', async () => {
    open = await openSandbox({ limits: { daily: 100 } }, { daily_request_reserve: 95 })
    const error = (await failure(makeManyCalls(10))) as PlatformError
    expect(error.code).toBe('platform.quota_exhausted')
    expect(open.sandbox.requests).toHaveLength(5)
    open.clock.advance((error.wait.until ?? 0) - open.clock.now())
    expect(await open.list.find({ name: 'x' })).toBeNull()
  })

  it('pays every call from the budget of its tier, and reads what is left from the headers', async () => {
    open = await openSandbox({}, { limit_tier: 'professional_enterprise' })
    await open.list.find({ name: 'x' })
    expect(new Set(open.calls.map(({ budget }) => budget))).toEqual(new Set(['professional_enterprise']))
  })
})

describe('broken answers (N34)', () => {
  it.each([
    ['an HTML login page with status 200', { 'content-type': 'text/html' }, '<html>Log in</html>'],
    ['an empty body', {}, ''],
    ['JSON that is cut', { 'content-type': 'application/json' }, '{"lists": ['],
    [
      'JSON under another content type',
      { 'content-type': 'text/plain' },
      '{"lists":[],"hasMore":false,"offset":0}',
    ],
    ['JSON of another shape', { 'content-type': 'application/json' }, '{"lists": "none"}'],
  ])('%s is no success', async (_what, headers, body) => {
    await prepare()
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 200, headers, body } })
    const error = await failure(probe())
    expect(error.code).toBe('platform.unreadable_answer')
    expect(error.params).toMatchObject({ act: 'looking a list up by name', status: 200 })
  })

  it('500 MB are cut at the limit', async () => {
    await prepare()
    open.sandbox.faults.add({ kind: 'huge', bytes: 500 * 1024 * 1024 })
    expect((await failure(probe())).code).toBe('platform.answer_too_large')
  })

  it('an endless body is cut at the limit', async () => {
    await prepare()
    open.sandbox.faults.add({ kind: 'endless' })
    expect((await failure(probe())).code).toBe('platform.answer_too_large')
  })

  it('an answer that never comes ends with the signal', async () => {
    await prepare()
    const audience = await makeList(open)
    open.sandbox.faults.add({ kind: 'hang', match: /batch\/read$/ })
    const stop = new AbortController()
    const adding = open.list.add({ audience, records: people(1), signal: stop.signal })
    const failed = failure(adding)
    while (open.sandbox.requests.at(-1)?.path.endsWith('/batch/read') !== true)
      await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('stopped by a person'))
    expect((await failed).code).toBe('platform.transient')
  })

  it('414 for a URL that is too long says that the request was too large', async () => {
    await prepare()
    open.sandbox.faults.add({
      kind: 'reply',
      match: /GET .*contacts$/,
      reply: { status: 414, body: '<html>414</html>' },
    })
    expect((await failure(readAll(open))).code).toBe('platform.request_too_large')
  })

  it('a lost connection while members are written is a fault that may pass', async () => {
    await prepare()
    const audience = await makeList(open)
    open.sandbox.faults.add({ kind: 'cut', match: /memberships/ })
    expect((await failure(add(open, audience, people(1)))).code).toBe('platform.transient')
  })
})

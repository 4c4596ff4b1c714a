import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createAudience, graph, startAt } from './graph.ts'

// The sandbox against the platform notes (ads.md); each test names the section whose line it checks. Nothing here goes through the
// connector.
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const account = 'act_1234567890'
const emails = (...texts: string[]) => ({ schema: ['EMAIL'], data: texts.map((text) => [hash(text)]) })
const session = (session_id: number, batch_seq = 1, last_batch_flag = true) => ({
  session_id,
  batch_seq,
  last_batch_flag,
  estimated_num_total: 10,
})

let clock: FixedClock
let sandbox: MetaSandbox
beforeEach(async () => {
  clock = createFixedClock(startAt)
  sandbox = await startMetaSandbox({ clock })
})
afterEach(() => sandbox.close())

const membersOf = (id: string): string[] => [...(sandbox.audiences.get(id)?.members ?? [])]

const add = (id: string, text: string, given: object) =>
  graph(sandbox, 'POST', `${id}/users`, { payload: emails(text), session: given })

describe('meta sandbox: audiences (1.2, 1.4)', () => {
  it('creates a customer list and shows only the fields asked for', async () => {
    const id = await createAudience(sandbox, 'Big spenders')
    const { body } = await graph(sandbox, 'GET', id, { fields: 'name,subtype' })
    expect(body).toEqual({ id, name: 'Big spenders', subtype: 'CUSTOM' })
    expect(Number.isSafeInteger(Number(id))).toBe(false)
  })

  it('wants name, subtype and customer_file_source', async () => {
    for (const parameters of [
      { subtype: 'CUSTOM', customer_file_source: 'USER_PROVIDED_ONLY' },
      { name: 'x', customer_file_source: 'USER_PROVIDED_ONLY' },
      { name: 'x', subtype: 'CUSTOM' },
    ]) {
      const { status, body } = await graph(sandbox, 'POST', `${account}/customaudiences`, parameters)
      expect([status, body['error']]).toMatchObject([400, { code: 100, type: 'OAuthException' }])
    }
  })

  it('makes a second audience of the same name: creating is not idempotent (1.6)', async () => {
    expect(await createAudience(sandbox, 'Twin')).not.toBe(await createAudience(sandbox, 'Twin'))
    expect(sandbox.audiences.size).toBe(2)
  })

  it('pages by cursor, and its paging.next names its own host and holds the token (1.8 trap 12)', async () => {
    for (let each = 0; each < 5; each += 1) await createAudience(sandbox, `Audience ${each}`)
    const edge = `${account}/customaudiences`
    const first = await graph(sandbox, 'GET', edge, { fields: 'name', limit: '2' })
    expect(first.body).toMatchObject({ data: [{ name: 'Audience 0' }, { name: 'Audience 1' }] })
    const { next, cursors } = first.body['paging'] as { next: string; cursors: { after: string } }
    expect(next.startsWith(`${sandbox.url}/v25.0/${edge}?`)).toBe(true)
    expect(next).toContain('access_token=sandbox-token')
    const last = await graph(sandbox, 'GET', edge, { fields: 'name', limit: '3', after: cursors.after })
    expect(last.body).toMatchObject({ data: [{ name: 'Audience 2' }, {}, {}] })
    expect(last.body['paging']).not.toHaveProperty('next')
  })

  it('answers 100/33 for an object that is missing and for an account without a right alike', async () => {
    for (const path of ['23850000000099999', 'act_999', 'act_999/customaudiences']) {
      const { body } = await graph(sandbox, 'GET', path)
      expect(body['error']).toMatchObject({ code: 100, error_subcode: 33 })
    }
  })

  it('shows sizes after 24 hours as bounds, and -1 for a small audience', async () => {
    const id = await createAudience(sandbox, 'Sized')
    const texts = Array.from({ length: 250 }, (_, index) => `p${index}@example.com`)
    const fields = { fields: 'approximate_count_lower_bound,approximate_count_upper_bound' }
    await graph(sandbox, 'POST', `${id}/users`, { payload: emails(...texts) })
    expect((await graph(sandbox, 'GET', id, fields)).body).toMatchObject({
      approximate_count_lower_bound: -1,
      approximate_count_upper_bound: -1,
    })
    clock.advance(24 * 3_600_000)
    await graph(sandbox, 'POST', `${id}/users`, { method: 'DELETE', payload: emails(...texts) })
    expect((await graph(sandbox, 'GET', id, fields)).body).toMatchObject({
      approximate_count_lower_bound: 200,
      approximate_count_upper_bound: 300,
    })
    clock.advance(24 * 3_600_000)
    expect((await graph(sandbox, 'GET', id, fields)).body).toMatchObject({
      approximate_count_lower_bound: -1,
    })
  })
})

describe('meta sandbox: users (1.2)', () => {
  it('adds rows and keeps a ledger of them', async () => {
    const id = await createAudience(sandbox, 'List')
    const { body } = await graph(sandbox, 'POST', `${id}/users`, {
      payload: emails('a@b.com', 'c@d.com'),
      session: session(77),
    })
    expect(body).toEqual({
      audience_id: id,
      session_id: '77',
      num_received: 2,
      num_invalid_entries: 0,
      invalid_entry_samples: {},
    })
    expect(membersOf(id)).toEqual([hash('a@b.com'), hash('c@d.com')])
    expect(sandbox.ledger.at(-1)).toEqual({
      at: clock.now(),
      operation: 'users_add',
      target: id,
      members: membersOf(id),
    })
  })

  it('knows a member by its values whatever the order of the columns', async () => {
    const id = await createAudience(sandbox, 'List')
    const [email, phone] = [hash('a@b.com'), hash('33612345678')]
    await graph(sandbox, 'POST', `${id}/users`, {
      payload: { schema: ['EMAIL', 'PHONE', 'FN'], data: [[email, phone, '']] },
    })
    await graph(sandbox, 'POST', `${id}/users`, {
      payload: { schema: ['PHONE', 'EMAIL'], data: [[phone, email]] },
    })
    expect(membersOf(id)).toEqual([`${email}|${phone}`])
  })

  it.each([
    ['DELETE', {}],
    ['POST', { method: 'DELETE' }],
  ])('removes by %s with %j', async (method, extra) => {
    const id = await createAudience(sandbox, 'List')
    await graph(sandbox, 'POST', `${id}/users`, { payload: emails('a@b.com', 'c@d.com') })
    await graph(sandbox, method, `${id}/users`, { ...extra, payload: emails('a@b.com') })
    expect(membersOf(id)).toEqual([hash('c@d.com')])
    expect(sandbox.ledger.at(-1)?.operation).toBe('users_remove')
  })

  it('removes a member by one of its identifiers (1.7: EXTERN_ID only)', async () => {
    const id = await createAudience(sandbox, 'List')
    await graph(sandbox, 'POST', `${id}/users`, {
      payload: { schema: ['EXTERN_ID', 'EMAIL'], data: [['c-1', hash('a@b.com')]] },
    })
    await graph(sandbox, 'POST', `${id}/users`, {
      method: 'DELETE',
      payload: { schema: 'EXTERN_ID', data: ['c-1'] },
    })
    expect(membersOf(id)).toEqual([])
  })

  it.each([
    'mary@example.com',
    hash('a@b.com').toUpperCase(),
    hash('a@b.com').slice(1),
    Buffer.from(hash('a@b.com'), 'hex').toString('base64'),
  ])('takes "%s" under EMAIL without an error and matches nobody (trap 15)', async (value) => {
    const id = await createAudience(sandbox, 'List')
    const { status, body } = await graph(sandbox, 'POST', `${id}/users`, {
      payload: { schema: 'EMAIL_SHA256', data: [value] },
    })
    expect([status, body]).toMatchObject([200, { num_received: 1, num_invalid_entries: 1 }])
    expect(membersOf(id)).toEqual([])
  })

  it('shows at most a hundred samples of invalid entries', async () => {
    const id = await createAudience(sandbox, 'List')
    const data = Array.from({ length: 150 }, (_, index) => [`raw${index}`])
    const { body } = await graph(sandbox, 'POST', `${id}/users`, { payload: { schema: ['EMAIL'], data } })
    expect(body['num_invalid_entries']).toBe(150)
    expect(Object.keys(body['invalid_entry_samples'] ?? {})).toHaveLength(100)
  })

  it('refuses more than 10,000 rows', async () => {
    const id = await createAudience(sandbox, 'List')
    const data = Array.from({ length: 10_001 }, () => [hash('a')])
    const { status } = await graph(sandbox, 'POST', `${id}/users`, { payload: { schema: ['EMAIL'], data } })
    expect(status).toBe(400)
  })

  it.each([
    { schema: ['EMAIL', 'PHONE'], data: [[hash('a')]] },
    { schema: ['EMAIL'], data: [[hash('a'), '']] },
    { schema: ['E_MAIL'], data: [[hash('a')]] },
    { schema: ['toString'], data: [[hash('a')]] },
    { schema: ['EMAIL', 'EMAIL'], data: [[hash('a'), hash('a')]] },
    { schema: ['EMAIL'], data: [] },
    { schema: ['EMAIL'], data: [['a@b.com']], is_raw: true },
  ])('refuses the payload %j as a whole (trap 3)', async (payload) => {
    const id = await createAudience(sandbox, 'List')
    const { status, body } = await graph(sandbox, 'POST', `${id}/users`, { payload })
    expect([status, body['error']]).toMatchObject([400, { code: 100 }])
  })

  it('refuses schema and data beside the payload instead of in it (trap 3)', async () => {
    const id = await createAudience(sandbox, 'List')
    expect((await graph(sandbox, 'POST', `${id}/users`, emails('a@b.com'))).status).toBe(400)
  })

  it('answers an address that is too long with a page of HTML (trap 2)', async () => {
    const id = await createAudience(sandbox, 'List')
    const texts = Array.from({ length: 130 }, (_, index) => `p${index}@example.com`)
    const { status, text } = await graph(sandbox, 'DELETE', `${id}/users`, { payload: emails(...texts) })
    expect(status).toBe(414)
    expect(text).toContain('<html>')
  })

  it('takes one person off all audiences of the account (1.7)', async () => {
    const ids = [await createAudience(sandbox, 'One'), await createAudience(sandbox, 'Two')]
    for (const id of ids)
      await graph(sandbox, 'POST', `${id}/users`, { payload: emails('a@b.com', 'c@d.com') })
    const parameters = { method: 'DELETE', payload: emails('a@b.com') }
    await graph(sandbox, 'POST', `${account}/usersofanyaudience`, parameters)
    for (const id of ids) expect(membersOf(id)).toEqual([hash('c@d.com')])
  })
})

describe('meta sandbox: sessions (1.2)', () => {
  it('drops what comes after the last batch, and takes a batch that is repeated', async () => {
    const id = await createAudience(sandbox, 'List')
    await add(id, 'a@b.com', session(1, 1, true))
    await add(id, 'late@b.com', session(1, 2, true))
    expect((await add(id, 'a@b.com', session(1, 1, true))).status).toBe(200)
    expect(membersOf(id)).toEqual([hash('a@b.com')])
  })

  it('drops what comes 90 minutes after the first batch', async () => {
    const id = await createAudience(sandbox, 'List')
    await add(id, 'a@b.com', session(2, 1, false))
    clock.advance(89 * 60_000)
    await add(id, 'b@b.com', session(2, 2, false))
    clock.advance(2 * 60_000)
    await add(id, 'c@b.com', session(2, 3, false))
    expect(membersOf(id)).toEqual([hash('a@b.com'), hash('b@b.com')])
  })

  it('refuses a session number that JSON cannot hold exactly (trap 16)', async () => {
    const id = await createAudience(sandbox, 'List')
    expect((await add(id, 'a@b.com', session(2 ** 53))).status).toBe(400)
  })
})

/** The sandbox against the platform notes: what it says of tokens, journal, consent, events, links and other objects. */
import { afterEach, describe, expect, it } from 'vitest'
import { openRawSandbox, type RawAnswer, type RawSandbox } from './sandbox-client.ts'

let open: RawSandbox
afterEach(() => open.sandbox.close())

const app = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' }

async function post(path: string, form: Record<string, string>): Promise<Omit<RawAnswer, 'headers'>> {
  const response = await fetch(`${open.sandbox.url}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: await response.json() }
}
const token = (form: Record<string, string>) => post('/oauth/2026-03/token', { ...app, ...form })
const refresh = (refresh_token = 'sandbox-refresh') => token({ grant_type: 'refresh_token', refresh_token })

async function sendAs(
  bearer: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Omit<RawAnswer, 'headers'>> {
  const response = await fetch(`${open.sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? '' : JSON.parse(text) }
}

const look = (value: string) => post('/oauth/2026-03/token/introspect', { ...app, token: value })

describe('1.1 OAuth', () => {
  it('an access token lives 1800 seconds, is about 300 characters long and comes with hub_id and scopes', async () => {
    open = await openRawSandbox()
    const { body } = await refresh()
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 1800, hub_id: 4_242_424, user_id: 1 })
    expect(body.scopes).toContain('crm.lists.write')
    expect(body.access_token.length).toBeGreaterThan(250)
    expect((await sendAs(body.access_token, 'GET', '/account-info/2026-03/details')).status).toBe(200)
    open.clock.advance(1_800_000)
    expect(await sendAs(body.access_token, 'GET', '/account-info/2026-03/details')).toMatchObject({
      status: 401,
      body: { category: 'EXPIRED_AUTHENTICATION' },
    })
  })

  it('refresh tokens do not rotate; a revoked one answers invalid_grant with BAD_REFRESH_TOKEN', async () => {
    open = await openRawSandbox()
    expect((await refresh()).body.refresh_token).toBe('sandbox-refresh')
    expect((await refresh()).status).toBe(200)
    open.sandbox.app.refreshTokens.clear()
    expect(await refresh()).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' },
    })
  })

  it('wrong client credentials and other grants are refused by name, JSON is no form', async () => {
    open = await openRawSandbox()
    expect((await token({ grant_type: 'refresh_token', client_id: 'x' })).body.status).toBe('BAD_CLIENT_ID')
    expect((await token({ grant_type: 'refresh_token', client_secret: 'x' })).body.status).toBe(
      'BAD_CLIENT_SECRET',
    )
    expect((await token({ grant_type: 'password' })).status).toBe(400)
    expect(
      (await sendAs('', 'POST', '/oauth/2026-03/token', { ...app, grant_type: 'refresh_token' })).status,
    ).toBe(400)
  })

  it('introspection tells active, account and scopes', async () => {
    open = await openRawSandbox()
    const { access_token } = (await refresh()).body
    expect((await look(access_token)).body).toMatchObject({ active: true, hub_id: 4_242_424, app_id: 77 })
    expect((await look('unknown')).body).toEqual({ active: false })
  })

  it('a granted scope that is missing is a 403 MISSING_SCOPES for that token only', async () => {
    open = await openRawSandbox()
    open.sandbox.app.grantedScopes.splice(0, 99, 'oauth')
    const { access_token } = (await refresh()).body
    const refused = await sendAs(access_token, 'GET', '/crm/objects/2026-09/contacts')
    expect(refused).toMatchObject({ status: 403, body: { category: 'MISSING_SCOPES' } })
    expect((await open.send('GET', '/crm/objects/2026-09/contacts')).status).toBe(200)
  })

  it('1.5: hears what is left of ten seconds, but nothing of the day', async () => {
    open = await openRawSandbox({ limits: 'published' })
    const { access_token } = (await refresh()).body
    const look = async (bearer: string): Promise<string[]> => {
      const headers = { authorization: `Bearer ${bearer}` }
      const answer = await fetch(`${open.sandbox.url}/account-info/2026-03/details`, { headers })
      return [...answer.headers.keys()].filter((name) => name.includes('-daily'))
    }
    expect(await look(access_token)).toEqual([])
    expect(await look('sandbox-token')).toHaveLength(2)
  })

  it('uninstall answers 204 and ends every token of the account', async () => {
    open = await openRawSandbox()
    const { access_token } = (await refresh()).body
    expect((await sendAs(access_token, 'DELETE', '/appinstalls/2026-03/external-install')).status).toBe(204)
    expect((await sendAs(access_token, 'GET', '/account-info/2026-03/details')).status).toBe(401)
    expect((await refresh()).body.status).toBe('BAD_REFRESH_TOKEN')
  })
})

const appBearer = async (): Promise<string> =>
  (await token({ grant_type: 'client_credentials', scope: 'a b' })).body.access_token

describe('1.6 A journal', () => {
  const path = '/webhooks-journal/journal/2026-03'

  it('wants the app’s token: an account’s is refused, and the app’s opens no account', async () => {
    open = await openRawSandbox()
    expect((await sendAs((await refresh()).body.access_token, 'GET', `${path}/latest`)).status).toBe(401)
    expect((await open.send('GET', `${path}/latest`)).status).toBe(401)
    expect((await sendAs(await appBearer(), 'GET', '/crm/objects/2026-09/contacts')).status).toBe(401)
  })

  it('204 when nothing is new, else a signed address that ends, and an offset', async () => {
    open = await openRawSandbox()
    const bearer = await appBearer()
    expect((await sendAs(bearer, 'GET', `${path}/earliest`)).status).toBe(204)
    open.sandbox.journal.publish([{ action: 'CREATE' }])
    open.sandbox.journal.publish([{ action: 'DELETE' }])
    const first = (await sendAs(bearer, 'GET', `${path}/earliest`)).body
    const next = (await sendAs(bearer, 'GET', `${path}/offset/${first.currentOffset}/next`)).body
    const file = await (await fetch(next.url)).json()
    expect(file).toMatchObject({ offset: next.currentOffset, journalEvents: [{ action: 'DELETE' }] })
    expect((await sendAs(bearer, 'GET', `${path}/offset/${next.currentOffset}/next`)).status).toBe(204)
    open.clock.advance(600_001)
    expect((await fetch(next.url)).status).toBe(403)
  })

  it('keeps three days', async () => {
    open = await openRawSandbox()
    open.sandbox.journal.publish([])
    const bearer = await appBearer()
    const { currentOffset } = (await sendAs(bearer, 'GET', `${path}/latest`)).body
    open.clock.advance(3 * 86_400_000)
    const later = await appBearer()
    expect((await sendAs(later, 'GET', `${path}/latest`)).status).toBe(204)
    expect((await sendAs(later, 'GET', `${path}/offset/${currentOffset}/next`)).status).toBe(404)
  })

  it('1.5: is exempt from the burst limit', async () => {
    open = await openRawSandbox({ limits: { burst: 1 } })
    const bearer = await appBearer()
    for (let call = 0; call < 3; call += 1)
      expect((await sendAs(bearer, 'GET', `${path}/latest`)).status).toBe(204)
  })

  it('subscriptions are made, listed and ended by account', async () => {
    open = await openRawSandbox()
    const bearer = await appBearer()
    const at = '/webhooks-journal/subscriptions/2026-03'
    await sendAs(bearer, 'POST', at, { subscriptionType: 'GDPR_PRIVACY_DELETION', portalId: 5 })
    await sendAs(bearer, 'POST', at, { subscriptionType: 'OBJECT', portalId: 6 })
    expect((await sendAs(bearer, 'POST', at, { subscriptionType: 'NONSENSE' })).status).toBe(400)
    expect((await sendAs(bearer, 'DELETE', `${at}/portals/5`)).status).toBe(204)
    expect((await sendAs(bearer, 'GET', at)).body.results).toMatchObject([{ portalId: 6 }])
  })
})

describe('1.7 consent', () => {
  const path = '/communication-preferences/2026-03'
  const change = (statusState: string, email = 'a%40example.com') =>
    open.send('POST', `${path}/statuses/${email}`, { subscriptionId: 501, statusState, channel: 'EMAIL' })

  it('a contact who unsubscribed is not subscribed again', async () => {
    open = await openRawSandbox()
    expect((await change('SUBSCRIBED')).status).toBe(200)
    expect((await change('UNSUBSCRIBED')).status).toBe(200)
    expect((await change('SUBSCRIBED')).status).toBe(400)
    expect((await change('UNSUBSCRIBED')).body.results[0].setStatusSuccessReason).toBe('NO_STATUS_CHANGE')
  })

  it('unsubscribe-all demands its channel and covers every subscription', async () => {
    open = await openRawSandbox()
    const all = `${path}/statuses/a%40example.com/unsubscribe-all`
    expect((await open.send('POST', all)).status).toBe(400)
    expect((await open.send('POST', `${all}?channel=EMAIL`)).status).toBe(200)
    expect(open.sandbox.consents.status('A@example.com', '502')).toBe('UNSUBSCRIBED')
  })

  it('batch calls need a scope of their own, take a hundred and answer 207 for bad addresses', async () => {
    open = await openRawSandbox()
    const batch = `${path}/statuses/batch/unsubscribe-all?channel=EMAIL`
    const mixed = await open.send('POST', batch, { inputs: ['a@example.com', 'nobody'] })
    expect([mixed.status, mixed.body.numErrors]).toEqual([207, 1])
    const many = Array.from({ length: 101 }, (_, index) => `p${index}@example.com`)
    expect((await open.send('POST', batch, { inputs: many })).status).toBe(400)
    open.sandbox.scopes.delete('communication_preferences.statuses.batch.write')
    expect((await open.send('POST', batch, { inputs: [] })).status).toBe(403)
  })
})

const linksPath = (from: string, to: string) => `/crm/associations/2026-03/${from}/${to}/batch/read`

describe('1.3 events, links and other objects', () => {
  it('event occurrences are filtered by type, object and time, by time, with an opaque cursor', async () => {
    open = await openRawSandbox()
    const at = open.clock.now()
    for (let index = 0; index < 3; index += 1)
      open.sandbox.events.push({
        id: `e${index}`,
        eventType: 'opened',
        objectType: 'CONTACT',
        objectId: '7',
        occurredAt: at - index * 1000,
        properties: {},
      })
    const path = '/events/event-occurrences/2026-03'
    const first = await open.send('GET', `${path}?eventType=opened&limit=2`)
    expect(first.body.results.map(({ id }: { id: string }) => id)).toEqual(['e2', 'e1'])
    const rest = await open.send(
      'GET',
      `${path}?eventType=opened&limit=2&after=${first.body.paging.next.after}`,
    )
    expect(rest.body.results.map(({ id }: { id: string }) => id)).toEqual(['e0'])
    expect((await open.send('GET', `${path}?eventType=clicked`)).body.results).toEqual([])
    expect((await open.send('GET', path)).status).toBe(400)
    expect((await open.send('GET', `${path}/event-types`)).body.eventTypes).toEqual(['opened'])
  })

  it('association batch read: links of both directions, 207 for records without any', async () => {
    open = await openRawSandbox()
    open.sandbox.links.link({ type: 'contacts', id: '1' }, { type: 'companies', id: '2' })
    const forward = await open.send('POST', linksPath('contacts', 'companies'), {
      inputs: [{ id: '1' }, { id: '9' }],
    })
    expect(forward).toMatchObject({
      status: 207,
      body: { results: [{ from: { id: '1' }, to: [{ toObjectId: 2 }] }] },
    })
    const back = await open.send('POST', linksPath('companies', 'contacts'), { inputs: [{ id: '2' }] })
    expect(back.body.results[0].to).toMatchObject([{ toObjectId: 1 }])
  })

  it('companies and deals are found by hs_lastmodifieddate, contacts only by lastmodifieddate', async () => {
    open = await openRawSandbox({ companies: [{ id: '1', properties: { name: 'Acme' } }] })
    const search = (type: string, propertyName: string) =>
      open.send('POST', `/crm/objects/2026-09/${type}/search`, {
        filterGroups: [{ filters: [{ propertyName, operator: 'GTE', value: '0' }] }],
      })
    expect((await search('companies', 'hs_lastmodifieddate')).body.total).toBe(1)
    expect((await search('companies', 'lastmodifieddate')).status).toBe(400)
    expect((await search('contacts', 'hs_lastmodifieddate')).status).toBe(400)
  })
})

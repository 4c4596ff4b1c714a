/**
 * What goes over the wire beside contacts and lists: tokens, the app's end, the journal. Intercepted
 * below the SDK, as in `wire-format.test.ts`.
 */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import { hubspotConnector } from '../../../../connectors/hubspot/connector.ts'
import {
  connectHubspot,
  never,
  sandboxApp,
  type OpenHubspot,
} from '../../../integration/hubspot/open-hubspot.ts'
import { createDirectCaller } from '../../../support/direct-caller.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

const host = 'https://api.hubapi.com'
const clock = createFixedClock('2026-11-22T10:00:00Z')
const config = { access_token: 'pat-x', ...sandboxApp }
const bearer = (token: string) => ({ reqheaders: { authorization: `Bearer ${token}` } })

let open: OpenHubspot
let hubspot: nock.Scope

nockNetwork()
beforeEach(() => {
  hubspot = nock(host, bearer('pat-x'))
  open = connectHubspot(host, clock, config)
})

const knowAccount = (): nock.Scope =>
  hubspot
    .get('/account-info/2026-03/details')
    .reply(200, { portalId: 5, timeZone: 'UTC', uiDomain: 'app-eu1.hubspot.com' })

describe('tokens', () => {
  it('refresh: a form with grant type, client and refresh token, without a bearer and without JSON', async () => {
    nock(host, {
      badheaders: ['authorization'],
      reqheaders: { 'content-type': 'application/x-www-form-urlencoded' },
    })
      .post(
        '/oauth/2026-03/token',
        'grant_type=refresh_token&refresh_token=r%2F1&client_id=sandbox-client&client_secret=sandbox-secret',
      )
      .reply(200, {
        token_type: 'bearer',
        access_token: 'access',
        refresh_token: 'r/1',
        expires_in: 1800,
        hub_id: 5,
        user_id: 1,
        scopes: ['oauth', 'crm.lists.read'],
      })
    const context = {
      connection: 'crm',
      call: createDirectCaller(),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '/',
    }
    expect(
      await hubspotConnector.grant?.(context, { ...sandboxApp, refresh_token: 'r/1' }, undefined),
    ).toEqual({
      accessToken: 'access',
      refreshToken: 'r/1',
      expiresAt: clock.now() + 1_800_000,
      facts: { hub_id: '5', scopes: 'oauth crm.lists.read' },
    })
  })

  it('introspection: a form with the token, never in the address', async () => {
    const grant = { accessToken: 'access', expiresAt: null, facts: {} }
    open = connectHubspot(host, clock, { ...sandboxApp, refresh_token: 'r' }, grant)
    nock(host)
      .post(
        '/oauth/2026-03/token/introspect',
        'client_id=sandbox-client&client_secret=sandbox-secret&token=access&token_type_hint=access_token',
      )
      .reply(200, { active: true, hub_id: 5, scopes: ['oauth'] })
    expect(await open.connection.action('list_scopes')?.run({})).toEqual({
      source: 'token',
      scopes: ['oauth'],
    })
  })

  it('uninstall: DELETE by the account’s bearer, after the journal’s subscriptions of the account', async () => {
    const grant = { accessToken: 'access', expiresAt: null, facts: {} }
    open = connectHubspot(host, clock, { ...sandboxApp, refresh_token: 'r' }, grant)
    const account = nock(host, bearer('access'))
    account.get('/account-info/2026-03/details').reply(200, { portalId: 5 })
    giveAppToken()
    nock(host, bearer('app')).delete('/webhooks-journal/subscriptions/2026-03/portals/5').reply(204)
    account.delete('/appinstalls/2026-03/external-install').reply(204)
    expect(await open.connection.action('uninstall')?.run({ portal_id: '5' })).toMatchObject({
      uninstalled: '5',
    })
  })
})

const giveAppToken = (): nock.Scope =>
  nock(host)
    .post('/oauth/2026-03/token', {
      grant_type: 'client_credentials',
      scope:
        'developer.webhooks_journal.read developer.webhooks_journal.subscriptions.read developer.webhooks_journal.subscriptions.write',
      ...sandboxApp,
    })
    .reply(200, { token_type: 'bearer', access_token: 'app', expires_in: 1800 })

describe('webhooks journal', () => {
  it('subscriptions per kind, then the offset, then the signed address without a bearer', async () => {
    knowAccount()
    giveAppToken()
    const app = nock(host, bearer('app'))
    const path = '/webhooks-journal/subscriptions/2026-03'
    app.get(path).reply(200, { results: [] })
    const sent: unknown[] = []
    app
      .post(path, (body) => sent.push(body) > 0)
      .times(5)
      .reply(200, { id: 1 })
    app.get('/webhooks-journal/journal/2026-03/offset/0198f2-1/next').reply(200, {
      url: 'https://files.example.com/e?signature=s',
      expiresAt: 'x',
      currentOffset: '0198f2-2',
    })
    nock('https://files.example.com', { badheaders: ['authorization'] })
      .get('/e?signature=s')
      .reply(200, {
        offset: '0198f2-2',
        publishedAt: '2026-11-22T09:59:00Z',
        journalEvents: [
          {
            type: 'LIST_MEMBERSHIP',
            portalId: 5,
            occurredAt: 1_763_805_540_000,
            objectTypeId: '0-1',
            objectId: 11,
            listId: 77,
            action: 'ADDED_TO_LIST',
          },
        ],
      })
    app.get('/webhooks-journal/journal/2026-03/offset/0198f2-2/next').reply(204)
    const pages = []
    const cursor = { version: 1, offset: '0198f2-1' }
    for await (const page of open.connection.signalFeeds[0]?.read({ cursor, signal: never }) ?? [])
      pages.push(page)
    expect(pages).toEqual([
      {
        cursor: { version: 1, offset: '0198f2-2' },
        signals: [
          {
            id: '5:LIST_MEMBERSHIP:ADDED_TO_LIST:0-1:11:77:1763805540000',
            kind: 'member_added',
            stream: 'contacts',
            externalId: '11',
            audienceId: '77',
            occurredAt: 1_763_805_540_000,
          },
        ],
      },
    ])
    expect(sent).toEqual([
      {
        subscriptionType: 'OBJECT',
        portalId: 5,
        objectTypeId: '0-1',
        actions: ['CREATE', 'UPDATE', 'DELETE', 'MERGE', 'RESTORE'],
        properties: ['email', 'hs_additional_emails', 'hs_email_optout', 'lifecyclestage'],
      },
      {
        subscriptionType: 'ASSOCIATION',
        portalId: 5,
        objectTypeId: '0-1',
        actions: ['ASSOCIATION_ADDED', 'ASSOCIATION_REMOVED'],
        associatedObjectTypeIds: ['0-2'],
      },
      {
        subscriptionType: 'GDPR_PRIVACY_DELETION',
        portalId: 5,
        objectTypeId: '0-1',
        actions: ['GDPR_DELETE'],
      },
      {
        subscriptionType: 'LIST_MEMBERSHIP',
        portalId: 5,
        actions: ['ADDED_TO_LIST', 'REMOVED_FROM_LIST'],
      },
      { subscriptionType: 'APP_LIFECYCLE_EVENT', eventTypeId: '4-1916193', properties: [] },
    ])
  })
})

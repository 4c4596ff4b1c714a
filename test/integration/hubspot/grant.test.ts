import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { Connection } from '../../../core/connector/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { failure, never } from './open-hubspot.ts'

let folder: string
let store: ControlStore
let clock: FixedClock
let sandbox: HubspotSandbox

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-hubspot-'))
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  store = await openControlStore(join(folder, 'control.sqlite'), clock)
  const contacts = Array.from({ length: 250 }, (_, index) => ({
    id: String(1000 + index),
    properties: { email: `p${index}@example.com` },
  }))
  sandbox = await startHubspotSandbox({ clock, limits: 'off', contacts })
})
afterEach(async () => {
  await sandbox.close()
  await store.close()
  await rm(folder, { recursive: true })
})

const oauth = (more: JsonObject = {}): JsonObject => ({
  client_id: 'sandbox-client',
  client_secret: 'sandbox-secret',
  refresh_token: 'sandbox-refresh',
  base_url: sandbox.url,
  ...more,
})

/** A connection as a hub process opens it: its own caller and keeper, the store shared. */
function connect(holder: string, config: JsonObject = oauth()): Promise<Connection> {
  const manifest = connectionManifest.parse({
    kind: 'connection',
    version: 1,
    name: 'crm',
    connector: 'hubspot',
    config,
  })
  return createConnections({
    manifests: new Map([['crm', manifest]]),
    connectors: new Map([['hubspot', hubspotConnector]]),
    resolveConfig: async (given) => given,
    folder,
    grants: { store, box: createSecretBox(new Uint8Array(32).fill(7)), holder },
    // Waiting takes no time here: who waits for a lease must not see it end.
    clock: { now: () => clock.now(), sleep: () => new Promise((wake) => setImmediate(wake)) },
    random: () => 0,
    logger: silentLogger,
    signal: never,
    pacing: false,
  })('crm')
}

const refreshes = (): number =>
  sandbox.requests.filter(({ path }) => path.endsWith('/oauth/2026-03/token')).length

async function readContacts(connection: Connection, onPage?: (page: number) => void): Promise<number> {
  let pages = 0
  let records = 0
  for await (const page of connection.source('contacts')?.read({
    cursor: null,
    fields: ['email'],
    signal: never,
  }) ?? []) {
    records += page.records.length
    onPage?.((pages += 1))
  }
  return records
}

/** The first one obtained the access that ended. */
const reportRefreshes = (context: Parameters<typeof reportFigure>[0], when: string): void =>
  reportFigure(context, {
    check: 'N20',
    claim: `refreshes for a token that ended ${when}`,
    value: refreshes() - 1,
    target: '1',
  })

describe('access by refresh token', () => {
  it('is obtained once, kept, and used by every call', async () => {
    expect(await readContacts(await connect('one'))).toBe(250)
    expect(refreshes()).toBe(1)
    expect(sandbox.requests.filter(({ status }) => status === 401)).toEqual([])
  })

  it('N20: an end between two pages costs one refresh, ahead of time, so that no 401 is ever seen', async (context) => {
    const connection = await connect('one')
    const records = await readContacts(connection, (page) => page === 1 && clock.advance(1_790_000))
    expect(records).toBe(250)
    reportRefreshes(context, 'between two pages')
    expect(refreshes()).toBe(2)
    expect(sandbox.requests.filter(({ status }) => status === 401)).toEqual([])
  })

  it('N20: a token that dies inside a batch costs one refresh and that request again', async (context) => {
    const connection = await connect('one')
    sandbox.faults.add({
      kind: 'reply',
      match: /objects.*contacts$/,
      skip: 1,
      reply: { status: 401, body: { status: 'error', category: 'EXPIRED_AUTHENTICATION' } },
    })
    expect(await readContacts(connection)).toBe(250)
    reportRefreshes(context, 'inside a batch')
    expect(refreshes()).toBe(2)
  })

  it('is refreshed once for fifty readers with two keepers that meet its end together', async () => {
    const [one, two] = [await connect('one'), await connect('two')]
    await readContacts(one)
    clock.advance(1_800_000)
    const readers = Array.from({ length: 50 }, (_, index) => readContacts(index % 2 === 0 ? one : two))
    expect(new Set(await Promise.all(readers))).toEqual(new Set([250]))
    expect(refreshes()).toBe(2)
  })

  it('N24: an app that is revoked while it is read stops at once and asks for a person', async (context) => {
    const connection = await connect('one')
    const error = await failure(
      readContacts(connection, () => {
        sandbox.app.refreshTokens.clear()
        clock.advance(1_800_000)
      }),
    )
    expect([error.code, error.params['category']]).toEqual(['platform.auth_expired', 'BAD_REFRESH_TOKEN'])
    expect(error.params['remedy']).toContain('install it again')
    expect(JSON.stringify(error.params)).not.toContain('sandbox-refresh')
    const refused = sandbox.requests.findIndex(
      ({ status, path }) => path.endsWith('/token') && status !== 200,
    )
    const after = sandbox.requests.slice(refused + 1)
    reportFigure(context, {
      check: 'N24',
      claim: 'calls of an app after the platform said that it was revoked',
      value: after.length,
      target: '0',
    })
    expect(refused).toBeGreaterThan(0)
    expect(after).toEqual([])
  })

  it('N23: a token endpoint that fails for an hour is no reason to reconnect', async (context) => {
    const connection = await connect('one')
    const codes: string[] = []
    for (let minute = 0; minute < 60; minute += 5) {
      const reply = { status: 503, body: '<html>' }
      const match = /oauth/
      sandbox.faults.add(
        minute % 2 === 0 ? { kind: 'reply', match, times: 999, reply } : { kind: 'cut', match, times: 999 },
      )
      codes.push((await failure(readContacts(connection))).code)
      sandbox.faults.clear()
      clock.advance(5 * 60_000)
    }
    const wrong = codes.filter((code) => code !== 'platform.transient')
    reportFigure(context, {
      check: 'N23',
      claim: 'requests to reconnect while the token endpoint failed for an hour',
      value: wrong.length,
      of: codes.length,
      target: '0',
    })
    expect(wrong).toEqual([])
    expect(await readContacts(connection)).toBe(250)
  })

  it('a new refresh token in the configuration reconnects although an old one is stored', async () => {
    await readContacts(await connect('one'))
    sandbox.app.refreshTokens.clear()
    sandbox.app.refreshTokens.add('a-new-one')
    clock.advance(1_800_000)
    const again = await connect('two', oauth({ refresh_token: 'a-new-one' }))
    expect(await readContacts(again)).toBe(250)
  })

  it('N26: a token of another account is refused before anything is read', async () => {
    const error = await failure(readContacts(await connect('one', oauth({ portal_id: '1' }))))
    expect(error).toMatchObject({
      code: 'platform.account_changed',
      params: { expected: '1', found: '4242424' },
    })
    expect(sandbox.requests.every(({ path }) => path.includes('/oauth/'))).toBe(true)
  })
})

const grant = (previous?: TokenGrant, config: JsonObject = oauth()): Promise<TokenGrant> => {
  const context = {
    connection: 'crm',
    call: createDirectCaller(),
    fetch: globalThis.fetch,
    clock,
    logger: silentLogger,
    workspace: '/',
  }
  const obtained = hubspotConnector.grant?.(context, config, previous)
  if (!obtained) throw new Error('the connector obtains no grant')
  return obtained
}

describe('the grant', () => {
  it('tells the account and the granted scopes, which may be fewer than asked for', async () => {
    sandbox.app.grantedScopes.splice(0, 99, 'oauth', 'crm.lists.read')
    expect(await grant()).toMatchObject({
      expiresAt: clock.now() + 1_800_000,
      refreshToken: 'sandbox-refresh',
      facts: { hub_id: '4242424', scopes: 'oauth crm.lists.read' },
    })
  })

  it('refuses another account than before, also where none is configured', async () => {
    const first = await grant()
    sandbox.app.hubId = 999
    expect((await failure(grant(first))).code).toBe('platform.account_changed')
  })

  it('a limit on the token endpoint waits, an unreadable answer is no success', async () => {
    sandbox.faults.add({ kind: 'reply', reply: { status: 429, body: { policyName: 'SECONDLY' } } })
    expect((await failure(grant())).code).toBe('platform.rate_limited')
    sandbox.faults.add({ kind: 'reply', reply: { status: 200, body: { access_token: '' } } })
    expect((await failure(grant())).code).toBe('platform.unreadable_answer')
  })

  it('wrong app credentials ask for a person, unknown refusals do not', async () => {
    const wrong = await failure(grant(undefined, oauth({ client_secret: 'wrong' })))
    expect(wrong.code).toBe('platform.auth_expired')
    expect(wrong.params['remedy']).toContain('copy both again')
    sandbox.faults.add({ kind: 'reply', reply: { status: 400, body: { error: 'temporarily_unavailable' } } })
    expect((await failure(grant())).code).toBe('platform.transient')
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import nock from 'nock'
import { afterEach, describe, expect, it } from 'vitest'
import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import { startGa4Sandbox, type Ga4Sandbox } from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { nockNetwork } from '../../support/nocked-network.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { connectGa4, readAll, startAt } from './open-ga4.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const keyFile = (own: JsonObject = {}): string =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'hub@project.iam.gserviceaccount.com',
    private_key: privateKey,
    private_key_id: 'k1',
    ...own,
  })
const client = { id: 'client', secret: 'client-secret', refreshToken: 'refresh-token' }

let sandbox: Ga4Sandbox | undefined
nockNetwork()
afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
})

async function open(): Promise<{ url: string; clock: FixedClock }> {
  const clock = createFixedClock(startAt)
  const serviceAccount = { email: 'hub@project.iam.gserviceaccount.com', publicKey }
  sandbox = await startGa4Sandbox({ clock, serviceAccount, client })
  return { url: sandbox.url, clock }
}

function grant(
  config: JsonObject,
  clock = createFixedClock(startAt),
  previous?: TokenGrant,
): Promise<TokenGrant> {
  const context = {
    connection: 'analytics',
    call: createDirectCaller(),
    fetch: globalThis.fetch,
    clock,
    logger: silentLogger,
    workspace: '.',
  }
  const obtained = ga4Connector.grant?.(context, { property_id: '123456789', ...config }, previous)
  if (!obtained) throw new Error('the connector declares no grant')
  return obtained
}

const userConfig = { client_id: client.id, client_secret: client.secret, refresh_token: client.refreshToken }

const parse = (config: JsonObject) => ga4Connector.config.safeParse({ property_id: '1', ...config }).success

describe('ga4: access', () => {
  it('comes from a signed assertion of the service account, for an hour, with both scopes', async () => {
    const { url, clock } = await open()
    const got = await grant({ base_url: url, service_account_key: keyFile() }, clock)
    expect(got.expiresAt).toBe(clock.now() + 3_600_000)
    expect(got.facts['scopes']).toBe(
      'https://www.googleapis.com/auth/analytics.readonly https://www.googleapis.com/auth/analytics.edit',
    )
    const { connection } = connectGa4({ base_url: url }, clock, got.accessToken)
    await expect(readAll(connection, 'daily_report')).resolves.toHaveLength(1)
    clock.advance(3_600_000)
    await expect(readAll(connection, 'daily_report')).rejects.toMatchObject({ code: 'platform.auth_expired' })
  })

  it("comes from the user's refresh token, which the hub's newer one replaces", async () => {
    const { url } = await open()
    const got = await grant({ base_url: url, ...userConfig })
    expect(got.accessToken).toMatch(/^ya29\./)
    expect(got.refreshToken).toBeUndefined()
    const previous = { accessToken: 'old', expiresAt: null, refreshToken: client.refreshToken, facts: {} }
    const stale = { base_url: url, ...userConfig, refresh_token: 'stale' }
    await expect(grant(stale, undefined, previous)).resolves.toMatchObject({
      accessToken: expect.any(String),
    })
    await expect(grant(stale)).rejects.toMatchObject({ code: 'platform.auth_expired' })
  })

  it('needs a person when it was revoked, when the client is wrong, and when nobody authorised yet', async () => {
    const { url } = await open()
    const wrongClient = { base_url: url, ...userConfig, client_secret: 'other' }
    await expect(grant(wrongClient)).rejects.toMatchObject({ code: 'platform.auth_expired' })
    const { refresh_token: _none, ...unauthorised } = { base_url: url, ...userConfig }
    await expect(grant(unauthorised)).rejects.toMatchObject({ code: 'platform.auth_expired' })
    sandbox?.revoke(true)
    await expect(grant({ base_url: url, ...userConfig })).rejects.toMatchObject({
      code: 'platform.auth_expired',
    })
  })

  it('needs a person when the key is of another account, and quotes nothing of a broken key file', async () => {
    const { url } = await open()
    const other = keyFile({ client_email: 'other@project.iam.gserviceaccount.com' })
    await expect(grant({ base_url: url, service_account_key: other })).rejects.toMatchObject({
      code: 'platform.auth_expired',
    })
    for (const broken of [
      '{',
      'not json',
      keyFile({ private_key: 'MIIEsecretpart' }),
      '{"type":"authorized_user"}',
    ]) {
      const error: unknown = await grant({ base_url: url, service_account_key: broken }).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({ code: 'platform.auth_expired' })
      expect(inspect(error)).not.toMatch(/MIIE|PRIVATE/)
    }
  })

  it('is refused for a clock that is wrong, and says so', async () => {
    const { url } = await open()
    const wrong = createFixedClock('2026-11-23T12:00:00Z')
    await expect(grant({ base_url: url, service_account_key: keyFile() }, wrong)).rejects.toMatchObject({
      code: 'platform.auth_expired',
      params: { said: expect.stringContaining('short-lived') },
    })
  })

  it('takes everything else for something that may pass', async () => {
    const { url } = await open()
    for (const reply of [
      { status: 503, body: '<html>' },
      { status: 500, body: { error: 'internal_failure' } },
      { status: 403, body: '<html>blocked by a proxy' },
    ]) {
      sandbox?.faults.add({ kind: 'reply', reply })
      await expect(grant({ base_url: url, ...userConfig })).rejects.toMatchObject({
        code: 'platform.transient',
      })
    }
    sandbox?.faults.add({ kind: 'reply', reply: { status: 200, body: '<html>' } })
    await expect(grant({ base_url: url, ...userConfig })).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
  })

  it('is asked for at Google, as a form', async () => {
    nock('https://oauth2.googleapis.com')
      .post('/token', { grant_type: 'refresh_token', ...userConfig })
      .reply(200, { access_token: 'ya29.x', expires_in: 3599, token_type: 'Bearer' })
    expect(await grant(userConfig)).toMatchObject({ accessToken: 'ya29.x' })
  })

  it('must be given in one way', () => {
    expect(parse({ service_account_key: keyFile() })).toBe(true)
    expect(parse(userConfig)).toBe(true)
    expect(parse({})).toBe(false)
    expect(parse({ ...userConfig, service_account_key: keyFile() })).toBe(false)
  })
})

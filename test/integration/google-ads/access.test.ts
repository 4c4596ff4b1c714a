import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { googleAdsConfig } from '../../../connectors/google-ads/config.ts'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { accessConfig, obtainGrant, openGoogleAds, startAt } from './open-google-ads.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const email = 'hub@project.iam.gserviceaccount.com'

let clock: FixedClock
let sandbox: GoogleAdsSandbox
beforeEach(async () => {
  clock = createFixedClock(startAt)
  const client = {
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-secret',
    refreshToken: 'sandbox-refresh',
    serviceAccount: { email, publicKey },
  }
  sandbox = await startGoogleAdsSandbox({ clock, client })
})
afterEach(() => sandbox.close())

const grant = (more: JsonObject = {}) => obtainGrant(clock, { token_url: `${sandbox.url}/token`, ...more })
const serviceAccount = (key: string): JsonObject => ({
  client_id: undefined as never,
  client_secret: undefined as never,
  refresh_token: undefined as never,
  service_account_email: email,
  service_account_private_key: key,
})

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}

describe('google-ads: access', () => {
  it('comes from a refresh token, for about an hour', async () => {
    const { accessToken, expiresAt, refreshToken } = await grant()
    expect(accessToken).toMatch(/^ya29\./)
    expect(expiresAt).toBe(clock.now() + 3_599_000)
    // Google's refresh tokens stay good.
    expect(refreshToken).toBeUndefined()
  })

  it('comes from an assertion signed with the key of a service account, which the SDK cannot do', async () => {
    expect((await grant(serviceAccount(privateKey))).accessToken).toMatch(/^ya29\./)
  })

  it('reads a key whose line ends were written out, as environment variables have it', async () => {
    const flat = privateKey.replaceAll('\n', String.raw`\n`)
    expect((await grant(serviceAccount(flat))).accessToken).toMatch(/^ya29\./)
  })

  it('says that a key cannot be read, without quoting it', async () => {
    const error = await failure(grant(serviceAccount('-----BEGIN PRIVATE KEY-----secretsecret')))
    expect(error.code).toBe('platform.auth_expired')
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secretsecret')
  })

  it('says that a key is not the one of the service account', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pem = other.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect((await failure(grant(serviceAccount(pem)))).code).toBe('platform.auth_expired')
  })

  it('asks a person to authorise again when the refresh token is dead', async () => {
    sandbox.revokeRefreshToken()
    const error = await failure(grant())
    expect(error.code).toBe('platform.auth_expired')
    expect(error.params['remedy']).toContain('7 days')
  })

  it('blames the client for a wrong client secret', async () => {
    const error = await failure(grant({ client_secret: 'wrong' }))
    expect(error.code).toBe('platform.auth_expired')
    expect(error.params['remedy']).toContain('client_secret')
  })

  it.each([
    [500, 'Internal Server Error', 'platform.transient'],
    [502, '<html></html>', 'platform.transient'],
    [200, '<html></html>', 'platform.unreadable_answer'],
    [200, { access_token: '', expires_in: 1 }, 'platform.unreadable_answer'],
    [429, {}, 'platform.rate_limited'],
  ])('takes %i %j for something that passes, not for a dead authorisation', async (status, body, code) => {
    sandbox.faults.add({ kind: 'reply', reply: { status, body } })
    expect((await failure(grant())).code).toBe(code)
  })

  it('that ends between two calls is renewed before the next one', async () => {
    const ads = await openGoogleAds()
    await ads.lists.create({ name: 'a' })
    ads.clock.advance(3_600_000)
    await ads.lists.create({ name: 'b' })
    expect(ads.sandbox.requests.filter(({ path }) => path === '/token')).toHaveLength(2)
    await ads.sandbox.close()
  })

  it('that Google refuses is reported as such', async () => {
    const ads = await openGoogleAds()
    await ads.lists.create({ name: 'a' })
    ads.sandbox.expireTokens()
    expect((await failure(ads.lists.create({ name: 'b' }))).code).toBe('platform.auth_expired')
    await ads.sandbox.close()
  })
})

const parse = (more: object) => googleAdsConfig.safeParse({ customer_id: '1234567890', ...more })

describe('google-ads: configuration', () => {
  it('takes account numbers with hyphens and sends them without (trap 7)', () => {
    const config = parse({ ...accessConfig, customer_id: '123-456-7890', login_customer_id: '987-654-3210' })
    expect(config.data).toMatchObject({ customer_id: '1234567890', login_customer_id: '9876543210' })
  })

  it.each([
    [{}],
    [{ client_id: 'x' }],
    [{ service_account_email: email }],
    [{ ...accessConfig, service_account_email: email }],
    [{ ...accessConfig, service_account_email: email, service_account_private_key: 'k' }],
  ])('refuses access that is not one whole set: %j', (access) => expect(parse(access).success).toBe(false))

  it.each([
    'https://example.com',
    'http://10.0.0.1:80',
    'http://127.0.0.1',
    'https://googleads.googleapis.com.evil.example',
  ])('lets no change lead to %s, past the address check of the hub', (google_ads_grpc_url) =>
    expect(parse({ ...accessConfig, google_ads_grpc_url }).success).toBe(false),
  )
})

import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import {
  connectSalesforce,
  failure,
  openOrg,
  readAll,
  settings,
  type OpenSandbox,
} from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

/** Asks for a grant as the hub's keeper does. */
function obtain(config: JsonObject, previous?: TokenGrant): Promise<TokenGrant> {
  const context = {
    connection: 'crm',
    call: createDirectCaller(),
    fetch: globalThis.fetch,
    clock: open.clock,
    logger: silentLogger,
    workspace: '/',
  }
  const grant = salesforceConnector.grant?.(context, { ...settings(open.sandbox.url), ...config }, previous)
  return grant ?? Promise.reject(new Error('no grant'))
}

const works = async (grant: TokenGrant): Promise<boolean> => {
  const other = connectSalesforce(open.sandbox.url, open.clock, {
    credentials: { current: async () => grant },
  })
  try {
    await readAll(other, 'contacts')
    return true
  } catch {
    return false
  }
}

describe('the refresh token flow', () => {
  it('trap 2, 3: uses the rotated token the next time, and tells org, user, address and scopes', async () => {
    open = await openOrg()
    const refresh_token = open.sandbox.tokens.authorise()
    const first = await obtain({ refresh_token })
    expect(first.facts).toEqual({
      instance_url: open.sandbox.url,
      org_id: '00D5g000004ABCDEA4',
      user_id: '0055g000009ABCDAA4',
      scopes: 'refresh_token api',
    })
    expect(first.refreshToken).not.toBe(refresh_token)
    const second = await obtain({ refresh_token }, first)
    expect(await works(second)).toBe(true)
    expect(second.refreshToken).not.toBe(first.refreshToken)
  })

  it('is used every fourteen days, so that thirty idle days never kill it', async () => {
    open = await openOrg()
    const { expiresAt } = await obtain({ refresh_token: open.sandbox.tokens.authorise() })
    expect(expiresAt).toBe(open.clock.now() + 14 * 86_400_000)
  })

  it('a rotated token that comes again kills the family, which asks for a person', async () => {
    open = await openOrg()
    const refresh_token = open.sandbox.tokens.authorise()
    const first = await obtain({ refresh_token })
    const stale: TokenGrant = { ...first, refreshToken: refresh_token }
    expect((await failure(obtain({ refresh_token }, stale))).code).toBe('platform.auth_expired')
    expect(await works(first)).toBe(false)
  })

  it('takes the token that a person put in after the old one died', async () => {
    open = await openOrg()
    const first = await obtain({ refresh_token: open.sandbox.tokens.authorise() })
    open.sandbox.tokens.revokeAll()
    const again = open.sandbox.tokens.authorise()
    expect(await works(await obtain({ refresh_token: again }, first))).toBe(true)
  })

  it('B54: four more authorisations leave the stored token alone, the fifth one kills it', async () => {
    open = await openOrg()
    const refresh_token = open.sandbox.tokens.authorise()
    for (let index = 0; index < 4; index += 1) open.sandbox.tokens.authorise()
    const grant = await obtain({ refresh_token })
    open.sandbox.tokens.authorise()
    expect((await failure(obtain({ refresh_token }, grant))).code).toBe('platform.auth_expired')
  })

  it.each([
    ['invalid_grant', 400, 'platform.auth_expired'],
    ['inactive_user', 400, 'platform.auth_expired'],
    ['invalid_client_id', 400, 'platform.auth_expired'],
    ['OAUTH_APP_BLOCKED', 400, 'platform.auth_expired'],
    ['unknown_error', 400, 'platform.transient'],
    ['server_error', 500, 'platform.transient'],
  ])('"%s" (%i) is %s', async (error, status, code) => {
    open = await openOrg()
    open.sandbox.faults.add({ kind: 'reply', reply: { status, body: { error, error_description: 'why' } } })
    const failed = await failure(obtain({}))
    expect([failed.code, failed.params['said']]).toEqual([code, `${error}: why`])
  })

  it('a maintenance page and a lost answer may pass, a login page with status 200 is no token', async () => {
    open = await openOrg()
    const page = '<!DOCTYPE html><html></html>'
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 503, body: page } })
    expect((await failure(obtain({}))).code).toBe('platform.transient')
    open.sandbox.faults.add({ kind: 'cut' })
    expect((await failure(obtain({}))).code).toBe('platform.transient')
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 200, body: page } })
    expect((await failure(obtain({}))).code).toBe('platform.unreadable_answer')
  })

  it('refuses another org, whichever form its id is written in, and an answer with a wrong signature', async () => {
    open = await openOrg()
    const refresh_token = open.sandbox.tokens.authorise()
    const first = await obtain({ refresh_token, expected_org_id: '00D5g000004ABCD' })
    const error = await failure(obtain({ refresh_token, expected_org_id: '00D5g000004ZZZZEA2' }, first))
    expect([error.code, error.params['found']]).toEqual(['platform.account_changed', '00D5g000004ABCDEA4'])
    const body = {
      access_token: 't',
      instance_url: open.sandbox.url,
      id: 'https://login.salesforce.com/id/00D5g000004ABCDEA4/0055g000009ABCDAA4',
      issued_at: '1',
      signature: 'AAAA',
    }
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 200, body } })
    expect((await failure(obtain({}))).code).toBe('platform.auth_expired')
  })
})

describe('the flows without a user dialogue', () => {
  it('trap 7: client credentials are asked for anew each time', async () => {
    open = await openOrg()
    const config = { auth_flow: 'client_credentials' }
    const grant = await obtain(config)
    expect(grant.refreshToken).toBeUndefined()
    expect(await works(await obtain(config, grant))).toBe(true)
    expect((await failure(obtain({ ...config, client_secret: 'wrong' }))).code).toBe('platform.auth_expired')
  })

  it('JWT bearer: an assertion signed with RS256 that ends within three minutes', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    open = await openOrg({ app: { publicKey } })
    const config = { auth_flow: 'jwt_bearer', username: 'hub@example.com', private_key: privateKey }
    expect(await works(await obtain(config))).toBe(true)
    expect((await failure(obtain({ ...config, username: 'else@example.com' }))).code).toBe(
      'platform.auth_expired',
    )
    const unreadable = await failure(obtain({ ...config, private_key: 'no key' }))
    expect(unreadable.code).toBe('platform.auth_expired')
    expect(JSON.stringify(unreadable.params)).not.toContain('no key')
  })

  it('a flow says which setting it lacks', () => {
    const config = { ...settings('https://x.my.salesforce.com'), auth_flow: 'jwt_bearer' }
    const paths = salesforceConnector.config.safeParse(config).error?.issues.map(({ path }) => path.join('.'))
    expect(paths).toEqual(['username', 'private_key'])
  })
})

describe('data calls', () => {
  it('trap 4, 5: a dead session is told once as auth_expired, nothing is refreshed or repeated by jsforce', async () => {
    open = await openOrg()
    const grant: TokenGrant = {
      accessToken: 'dead',
      expiresAt: null,
      facts: { instance_url: open.sandbox.url },
    }
    const other = connectSalesforce(open.sandbox.url, open.clock, {
      credentials: { current: async () => grant },
    })
    expect((await failure(readAll(other, 'contacts'))).code).toBe('platform.auth_expired')
    expect(open.sandbox.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /services/data/v67.0/sobjects/Contact/describe',
    ])
  })

  it('a 401 that no new token cures is a missing permission, not a reason to refresh for ever', async () => {
    open = await openOrg()
    const body = [
      { errorCode: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' },
    ]
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 401, body } })
    expect((await failure(readAll(open, 'contacts'))).code).toBe('platform.permission_missing')
  })

  it('trap 25: a maintenance page in HTML may pass', async () => {
    open = await openOrg()
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 503, body: '<html>Maintenance</html>' } })
    expect((await failure(readAll(open, 'contacts'))).code).toBe('platform.transient')
  })

  it('an answer that breaks off in the middle fails the call and not the process (jsforce 3.10.26 would)', async () => {
    open = await openOrg()
    const headers = { 'content-length': '1000', 'content-type': 'application/json' }
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 200, headers, body: '{"fields":[' } })
    const stop = AbortSignal.timeout(2000)
    const source = open.connection.source('contacts')
    const reading = async (): Promise<void> => {
      for await (const page of source?.read({ cursor: null, fields: [], signal: stop }) ?? [])
        expect(page).toBeUndefined()
    }
    const broken = reading()
    await open.sandbox.close()
    await expect(broken).rejects.toBeDefined()
  })

  it('parks the run at the ceiling of the daily calls, and lets a person look all the same', async () => {
    open = await openOrg({ limits: { daily: 1000 } })
    open.sandbox.apiLimits?.use(797)
    await readAll(open, 'contacts')
    const error = await failure(readAll(open, 'contacts'))
    expect(error).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: open.clock.now() + 3_600_000 },
    })
    const limits = await open.connection.action('read_limits')?.run({})
    expect(limits?.['DailyApiRequests']).toMatchObject({ max: 1000 })
    open.clock.advance(25 * 3_600_000)
    expect((await readAll(open, 'contacts')).records).toEqual([])
  })

  it('the daily limit parks for an hour, the concurrency limit waits seconds', async () => {
    open = await openOrg({ limits: { daily: 3 } })
    open.sandbox.apiLimits?.use(3)
    expect(await failure(readAll(open, 'contacts'))).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: open.clock.now() + 3_600_000 },
    })
    const body = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }]
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 403, body } })
    open.clock.advance(25 * 3_600_000)
    expect(await failure(readAll(open, 'contacts'))).toMatchObject({
      code: 'platform.rate_limited',
      wait: { retryAfterMs: 10_000 },
    })
  })
})

describe('the connection test', () => {
  it('names each missing right and field, with the repair', async () => {
    open = await openOrg({ externalIds: [] })
    open.sandbox.rights.get('Campaign')?.delete('createable')
    open.sandbox.rights.get('Lead')?.clear()
    open.sandbox.org.fieldsOf('Contact').delete('hasoptedoutofemail')
    const failed = (await open.connection.test()).filter(({ ok }) => !ok)
    expect(failed.map(({ name }) => name)).toEqual([
      'Lead (queryable, createable, updateable)',
      'Campaign (queryable, createable)',
      'Contact.Hub_Person_Id__c (external id)',
      'Contact.HasOptedOutOfEmail',
    ])
    for (const { remedy } of failed) expect(remedy).toMatch(/Grant|Create/)
    expect(failed[1]?.remedy).toContain('Marketing User')
  })
})

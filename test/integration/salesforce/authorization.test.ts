/** The web server flow with PKCE, and what is said when access is gone (chapter 2.1). */
import { afterEach, describe, expect, it } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { connectSalesforce, failure, openOrg, settings, type OpenSandbox } from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const codeVerifier = 'a-verifier-of-at-least-43-letters-and-digits-0123456789'
const web: JsonObject = {
  auth_flow: 'authorization_code',
  redirect_uri: 'https://hub.example.com/callback',
  code_verifier: codeVerifier,
}

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

/** The person opens the address in the browser and says yes. Returns the address that the browser is sent to. */
async function authorise(): Promise<URL> {
  const { connection } = connectSalesforce(open.sandbox.url, open.clock, {
    config: web,
    credentials: { current: () => Promise.reject(new Error('there is no access yet')) },
  })
  const answer = await connection.action('begin_authorization')?.run({ state: 'mine' })
  const address = answer?.['authorize_url']
  const page = await fetch(typeof address === 'string' ? address : '', { redirect: 'manual' })
  return new URL(page.headers.get('location') ?? '')
}

describe('the web server flow with PKCE', () => {
  it('the address carries the hash of the verifier and never the verifier; the state comes back', async () => {
    open = await openOrg()
    const back = await authorise()
    expect(back.origin + back.pathname).toBe('https://hub.example.com/callback')
    expect(back.searchParams.get('state')).toBe('mine')
    expect(back.searchParams.get('code')).toMatch(/^aPrx/)
  })

  it('redeems the code once, and then lives by the rotated refresh tokens', async () => {
    open = await openOrg()
    const config = { ...web, authorization_code: (await authorise()).searchParams.get('code') ?? '' }
    const first = await obtain(config)
    expect(first.refreshToken).toBeDefined()
    const second = await obtain(config, first)
    expect(second.refreshToken).not.toBe(first.refreshToken)
  })

  it('a code without the verifier that began it is refused', async () => {
    open = await openOrg()
    const code = (await authorise()).searchParams.get('code') ?? ''
    const error = await failure(
      obtain({ ...web, authorization_code: code, code_verifier: `${codeVerifier}x` }),
    )
    expect([error.code, error.params['said']]).toEqual([
      'platform.auth_expired',
      'invalid_grant: invalid code verifier',
    ])
  })

  it('takes the new code that a person put in after the token died', async () => {
    open = await openOrg()
    const first = await obtain({
      ...web,
      authorization_code: (await authorise()).searchParams.get('code') ?? '',
    })
    open.sandbox.tokens.revokeAll()
    const again = { ...web, authorization_code: (await authorise()).searchParams.get('code') ?? '' }
    expect((await obtain(again, first)).refreshToken).toBeDefined()
  })

  it('without a code says how to get one, and costs no call', async () => {
    open = await openOrg()
    const error = await failure(obtain(web))
    expect(error.code).toBe('platform.auth_expired')
    expect(error.params['remedy']).toMatch(/begin_authorization/)
    expect(open.sandbox.requests).toEqual([])
  })

  it('needs its settings', () => {
    const config = { ...settings('https://x.my.salesforce.com'), auth_flow: 'authorization_code' }
    const paths = salesforceConnector.config.safeParse(config).error?.issues.map(({ path }) => path.join('.'))
    expect(paths).toEqual(['redirect_uri', 'code_verifier'])
  })
})

const refused = async (error: string, error_description: string): Promise<unknown> => {
  open = await openOrg()
  open.sandbox.faults.add({ kind: 'reply', reply: { status: 400, body: { error, error_description } } })
  const failed = await failure(obtain({}))
  expect(failed.code).toBe('platform.auth_expired')
  return failed.params['remedy']
}

describe('access that is gone says what the admin must do', () => {
  it.each([
    ['expired or revoked', 'invalid_grant', 'expired access/refresh token', /Authorise the app again/],
    ['30 idle days', 'invalid_grant', 'token validity expired', /Authorise the app again/],
    ['a frozen user', 'invalid_grant', 'inactive user', /Setup › Users/],
    ['a rotated secret', 'invalid_client', 'invalid client credentials', /consumer key and secret/],
    ['a deleted app', 'invalid_client_id', 'client identifier invalid', /consumer key and secret/],
    ['a blocked app', 'OAUTH_APP_BLOCKED', 'this app is blocked by admin', /Unblock the app/],
    ['a user without approval', 'invalid_grant', "user hasn't approved this consumer", /pre-authorise/],
  ])('%s', async (_what, error, description, remedy) => {
    expect(await refused(error, description)).toMatch(remedy)
  })
})

describe('revoke_access', () => {
  it('kills the refresh token and its sessions; a second time there is nothing to revoke', async () => {
    open = await openOrg()
    const grant = await obtain({ refresh_token: open.sandbox.tokens.authorise() })
    const { connection } = connectSalesforce(open.sandbox.url, open.clock, {
      credentials: { current: async () => grant },
    })
    expect(open.sandbox.tokens.accepts(grant.accessToken)).toBe(true)
    expect(await connection.action('revoke_access')?.run({})).toEqual({ revoked: true })
    expect(open.sandbox.tokens.accepts(grant.accessToken)).toBe(false)
    expect((await failure(obtain({ refresh_token: 'none' }, grant))).code).toBe('platform.auth_expired')
    expect(await connection.action('revoke_access')?.run({})).toEqual({ revoked: false })
  })
})

describe('another org behind the same connection', () => {
  it('is refused though no org was named: the first access said which one it is', async () => {
    open = await openOrg()
    const first = await obtain({ refresh_token: open.sandbox.tokens.authorise() })
    const other = await openOrg({ orgId: '00D5g000004OTHREA4' })
    const before = open
    open = other
    const refresh_token = other.sandbox.tokens.authorise()
    const error = await failure(obtain({ refresh_token }, { ...first, refreshToken: 'dead' }))
    await before.sandbox.close()
    expect(error).toMatchObject({
      code: 'platform.account_changed',
      params: { expected: '00D5g000004ABCDEA4', found: '00D5g000004OTHREA4' },
    })
    expect(error.params['remedy']).toMatch(/"expected_org_id"/)
  })

  it('is taken once a person says that it is the same one: a sandbox that was refreshed', async () => {
    open = await openOrg({ orgId: '00D5g000004OTHREA4' })
    const previous: TokenGrant = {
      accessToken: 't',
      expiresAt: null,
      refreshToken: 'dead',
      facts: { org_id: '00D5g000004ABCDEA4' },
    }
    const config = {
      refresh_token: open.sandbox.tokens.authorise(),
      expected_org_id: '00D5g000004OTHREA4',
    }
    expect((await obtain(config, previous)).facts['org_id']).toBe('00D5g000004OTHREA4')
  })
})

/** How access is renewed, and what is said when it is gone (chapter 2.1). How a person gives it: test/integration/install. */
import { afterEach, describe, expect, it } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { connectSalesforce, failure, openOrg, settings, type OpenSandbox } from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

function obtain(config: JsonObject, previous?: TokenGrant): Promise<TokenGrant> {
  const context = {
    connection: 'crm',
    call: createDirectCaller(),
    fetch: globalThis.fetch,
    clock: open.clock,
    logger: silentLogger,
    workspace: '/',
  }
  const { refresh_token: _none, ...app } = settings(open.sandbox.url)
  const grant = salesforceConnector.grant?.(context, { ...app, ...config }, previous)
  return grant ?? Promise.reject(new Error('no grant'))
}

describe('access that was never given', () => {
  it('says how to give it, and costs no call', async () => {
    open = await openOrg()
    const error = await failure(obtain({}))
    expect(error.code).toBe('platform.auth_expired')
    expect(error.params['remedy']).toMatch(/affluent connections authorize/)
    expect(open.sandbox.requests).toEqual([])
  })
})

describe('access that was given in the browser', () => {
  it('lives by refresh tokens, each good once', async () => {
    open = await openOrg()
    const first = await obtain({ refresh_token: open.sandbox.tokens.authorise() })
    const second = await obtain({}, first)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect((await failure(obtain({}, first))).code).toBe('platform.auth_expired')
  })
})

const refused = async (error: string, error_description: string): Promise<unknown> => {
  open = await openOrg()
  open.sandbox.faults.add({ kind: 'reply', reply: { status: 400, body: { error, error_description } } })
  const failed = await failure(obtain({ refresh_token: 'any' }))
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

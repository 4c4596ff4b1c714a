/** The web server flow as the hub runs it: the hub keeps state and verifier, the connector knows Salesforce's words (chapter 2.1). */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import type { BoundAuthorization } from '../../../core/connector/authorization.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { openOrg, type OpenSandbox } from './open-salesforce.ts'

const redirectUrl = 'https://hub.acme.test/oauth/salesforce/callback'
const codeVerifier = 'a-verifier-of-at-least-43-letters-and-digits-0123456789'
const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')

let open: OpenSandbox
beforeEach(async () => {
  open = await openOrg()
})
afterEach(() => open.sandbox.close())

const context = () => ({
  connection: 'crm',
  call: createDirectCaller(),
  fetch: globalThis.fetch,
  clock: open.clock,
  logger: silentLogger,
  workspace: '/',
})

const config = (more: JsonObject = {}): JsonObject => ({
  login_url: open.sandbox.url,
  client_id: 'consumer-key',
  client_secret: 'consumer-secret',
  ...more,
})

function authorization(more?: JsonObject): BoundAuthorization {
  const bound = salesforceConnector.authorization?.(context(), config(more))
  if (!bound) throw new Error('nobody authorises it')
  return bound
}

/** The person says yes. Returns the code that comes back. */
async function sayYes(state: string): Promise<string> {
  const address = authorization().address({ state, redirectUrl, codeChallenge })
  const page = await fetch(address, { redirect: 'manual' })
  const back = new URL(page.headers.get('location') ?? '')
  expect(back.searchParams.get('state')).toBe(state)
  return back.searchParams.get('code') ?? ''
}

const redeem = async (more?: JsonObject, previous?: TokenGrant): Promise<TokenGrant> =>
  authorization(more).redeem({ code: await sayYes('s1'), redirectUrl, codeVerifier }, previous)

describe('authorising Salesforce through the hub', () => {
  it('gives a grant with all scopes that the connector needs, which renews itself', async () => {
    const grant = await redeem()
    expect(grant.facts['scopes']?.split(' ').sort()).toEqual([...authorization().scopes].sort())
    expect(grant.refreshToken).toBeDefined()
    const renewed = await salesforceConnector.grant?.(context(), config(), grant)
    expect(renewed?.refreshToken).not.toBe(grant.refreshToken)
  })

  it('refuses a code of another verifier, and another org than the one expected or known', async () => {
    const code = await sayYes('s2')
    await expect(
      authorization().redeem({ code, redirectUrl, codeVerifier: `${codeVerifier}x` }, undefined),
    ).rejects.toMatchObject({ code: 'platform.auth_expired' })
    await expect(redeem({ expected_org_id: '00D5g000004OTHREA4' })).rejects.toMatchObject({
      code: 'platform.account_changed',
    })
    const grant = await redeem()
    await expect(
      redeem({}, { ...grant, facts: { ...grant.facts, org_id: '00D5g000004OTHREA4' } }),
    ).rejects.toMatchObject({ code: 'platform.account_changed' })
  })

  it('ends access at Salesforce, also where it has ended already', async () => {
    const grant = await redeem()
    await authorization().revoke(grant)
    await expect(salesforceConnector.grant?.(context(), config(), grant)).rejects.toMatchObject({
      code: 'platform.auth_expired',
    })
    await authorization().revoke(grant)
  })

  it('is wanted of nobody where a run-as user or a certificate gives access', () => {
    const flows = [
      { auth_flow: 'client_credentials' },
      { auth_flow: 'jwt_bearer', username: 'hub@example.com', private_key: 'x' },
    ]
    for (const flow of flows)
      expect(salesforceConnector.authorization?.(context(), config(flow))).toBeUndefined()
  })

  it('says what to do before anybody has authorised it', async () => {
    await expect(salesforceConnector.grant?.(context(), config(), undefined)).rejects.toMatchObject({
      code: 'platform.auth_expired',
      params: { remedy: expect.stringContaining('affluent connections authorize') as string },
    })
  })
})

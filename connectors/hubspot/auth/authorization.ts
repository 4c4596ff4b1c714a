import { z } from 'zod'
import type { Authorization } from '../../../core/connector/authorization.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import { callHubspot } from '../account.ts'
import { apiVersions } from '../client.ts'
import { hubspotAddress, type HubspotConfig } from '../config.ts'
import { toGrant } from './grant.ts'
import { optionalScopes, requiredScopes } from './scopes.ts'
import { requestToken } from './token-request.ts'

/**
 * The app is installed by an admin of the account. HubSpot takes PKCE at its token address
 * (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/oauth-quickstart-guide).
 */
export const authorization: Authorization<HubspotConfig> = {
  isWanted: ({ access_token: token }) => token === undefined,
  address(config, { state, redirectUrl, codeChallenge }) {
    const address = new URL('/oauth/authorize', consentAddress(config))
    address.search = new URLSearchParams({
      client_id: config.client_id ?? '',
      redirect_uri: redirectUrl,
      scope: requiredScopes.join(' '),
      optional_scope: optionalScopes.join(' '),
      state,
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
    }).toString()
    return address.href
  },
  async redeem(context, { code, redirectUrl, codeVerifier }, previous) {
    const act = 'obtaining access to the account'
    const answer = await requestToken(
      context,
      act,
      { grant_type: 'authorization_code', code, redirect_uri: redirectUrl, code_verifier: codeVerifier },
      { repeatable: false },
    )
    return toGrant(context, answer, previous)
  },
  // The marketplace demands that an account that leaves is uninstalled; HubSpot tells its admins.
  async revoke(context, grant: TokenGrant) {
    await callHubspot(
      { ...context, credentials: { current: () => Promise.resolve(grant) } },
      {
        act: 'uninstalling the app',
        method: 'DELETE',
        path: `/appinstalls/${apiVersions.appInstalls}/external-install`,
        answer: z.literal(''),
        repeatable: false,
      },
    )
  },
}

/** People consent at an address of its own; a sandbox has one for all. */
const consentAddress = ({ base_url: baseUrl }: HubspotConfig): string =>
  baseUrl === hubspotAddress ? 'https://app.hubspot.com' : baseUrl

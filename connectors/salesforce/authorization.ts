import type { Authorization } from '../../core/connector/authorization.ts'
import type { SalesforceConfig } from './config.ts'
import { hasUserDialogue, redeemCode } from './grant.ts'
import { revokeToken } from './revoke-token.ts'

/** The web server flow with PKCE (2.1): wanted wherever no certificate and no run-as user gives access by itself. */
export const authorization: Authorization<SalesforceConfig> = {
  isWanted: hasUserDialogue,
  address({ login_url: loginUrl, client_id: clientId }, { state, redirectUrl, codeChallenge }) {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUrl,
      scope: 'api refresh_token',
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
      // Another account than the one that the browser is signed in with can be chosen.
      prompt: 'login consent',
      state,
    })
    return `${loginUrl.replace(/\/+$/, '')}/services/oauth2/authorize?${query.toString()}`
  },
  redeem: redeemCode,
  async revoke(context, { accessToken, refreshToken }) {
    await revokeToken(context, refreshToken ?? accessToken)
  },
}

import type { Authorization } from '../../core/connector/authorization.ts'
import { authorizeAddress } from './authorize-address.ts'
import type { SalesforceConfig } from './config.ts'
import { hasUserDialogue, redeemCode } from './grant.ts'
import { revokeToken } from './revoke-token.ts'

/** The web server flow with PKCE, run by the hub: wanted wherever no certificate and no run-as user gives access by itself. */
export const authorization: Authorization<SalesforceConfig> = {
  isWanted: hasUserDialogue,
  address: (config, { state, redirectUrl, codeChallenge }) =>
    authorizeAddress(config, { state, redirectUrl, codeChallenge }),
  redeem: redeemCode,
  async revoke(context, { accessToken, refreshToken }) {
    await revokeToken(context, refreshToken ?? accessToken)
  },
}

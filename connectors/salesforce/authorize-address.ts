import type { SalesforceConfig } from './config.ts'

/** Where a user authorises the app (web server flow with PKCE, 2.1). `state` comes back with the code. */
export function authorizeAddress(
  { login_url: loginUrl, client_id: clientId }: SalesforceConfig,
  request: {
    readonly state: string | undefined
    readonly redirectUrl: string
    readonly codeChallenge: string
  },
): string {
  const { state, redirectUrl, codeChallenge } = request
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUrl,
    scope: 'api refresh_token',
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    // Another account than the one that the browser is signed in with can be chosen.
    prompt: 'login consent',
    ...(state !== undefined && { state }),
  })
  return `${loginUrl.replace(/\/+$/, '')}/services/oauth2/authorize?${query.toString()}`
}

import type { Authorization } from '../../core/connector/authorization.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { postPlain } from './client.ts'
import type { Ga4Config } from './config.ts'
import { tokenUrlOf } from './endpoints.ts'
import { ga4Scopes, requestToken } from './obtain-grant.ts'

/** The web server flow of Google (https://developers.google.com/identity/protocols/oauth2/web-server). */
export const authorization: Authorization<Ga4Config> = {
  isWanted: ({ service_account_key: key }) => key === undefined,
  address(config, { state, redirectUrl, codeChallenge }) {
    const address = new URL(consentUrl(config))
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: config.client_id ?? '',
      redirect_uri: redirectUrl,
      // "openid" tells whose account it is, so that another one is noticed later.
      scope: ['openid', ...ga4Scopes].join(' '),
      state,
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
      // Without both of these Google hands out no refresh token.
      access_type: 'offline',
      prompt: 'consent',
    }).toString()
    return address.href
  },
  async redeem(context, { code, redirectUrl, codeVerifier }, previous) {
    const { client_id: id = '', client_secret: secret = '' } = context.config
    const grant = await requestToken(
      context,
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUrl,
        code_verifier: codeVerifier,
        client_id: id,
        client_secret: secret,
      },
      undefined,
    )
    const [expected, found] = [previous?.facts['account'], grant.facts['account']]
    if (expected !== undefined && found !== undefined && expected !== found)
      throw new PlatformError('platform.account_changed', { act: 'obtaining access', expected, found })
    return grant
  },
  async revoke(context, { accessToken, refreshToken }) {
    await postPlain(context, {
      act: 'ending access to the account',
      budget: 'token_requests',
      repeatable: true,
      url: new URL('/revoke', tokenUrlOf(context.config)).href,
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ token: refreshToken ?? accessToken }).toString(),
      // 400: the token was dead already, which is what was wanted.
      classify: ({ status }) =>
        status === 200 || status === 400
          ? undefined
          : new PlatformError('platform.transient', { act: 'ending access to the account', status }),
    })
  },
}

/** People consent at an address of its own; a sandbox has one for all. */
const consentUrl = (config: Ga4Config): string =>
  config.base_url === undefined && config.token_url === undefined
    ? 'https://accounts.google.com/o/oauth2/v2/auth'
    : new URL('/o/oauth2/v2/auth', tokenUrlOf(config)).href

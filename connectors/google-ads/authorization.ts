import type { Authorization } from '../../core/connector/authorization.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { GoogleAdsConfig } from './config.ts'
import { toGoogleError } from './errors.ts'
import { googleAdsScopes, requestToken } from './grant.ts'

const googleTokenUrl = 'https://oauth2.googleapis.com/token'

/** The web server flow of Google (https://developers.google.com/identity/protocols/oauth2/web-server). */
export const authorization: Authorization<GoogleAdsConfig> = {
  isWanted: ({ service_account_email: account }) => account === undefined,
  address(config, { state, redirectUrl, codeChallenge }) {
    const address = new URL(consentUrl(config))
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: config.client_id ?? '',
      redirect_uri: redirectUrl,
      // "openid" tells whose account it is, so that another one is noticed later.
      scope: ['openid', ...googleAdsScopes].join(' '),
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
    const act = 'ending access to the account'
    await context.call({
      act,
      budget: 'token',
      repeatable: true,
      send: async (signal) => {
        const response = await context.fetch(new URL('/revoke', context.config.token_url), {
          method: 'POST',
          signal,
          redirect: 'manual',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ token: refreshToken ?? accessToken }).toString(),
        })
        await response.body?.cancel()
        return { status: response.status, headers: {}, body: '' }
      },
      // 400: the token was dead already, which is what was wanted.
      classify: (reply) =>
        reply.status === 400 ? undefined : toGoogleError(reply, { act, now: context.clock.now() }),
    })
  },
}

/** People consent at an address of its own; a sandbox has one for all. */
const consentUrl = ({ token_url: tokenUrl }: GoogleAdsConfig): string =>
  tokenUrl === googleTokenUrl
    ? 'https://accounts.google.com/o/oauth2/v2/auth'
    : new URL('/o/oauth2/v2/auth', tokenUrl).href

import type { ObtainGrant, TokenGrant } from '../../../core/connector/credentials.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { HubspotConfig } from '../config.ts'
import { requestToken, type TokenAnswer, type UngrantedContext } from './token-request.ts'

const act = 'renewing access to the account'

/**
 * Renews access with the refresh token: the last one that HubSpot handed out, else the configured one. When the former is dead the
 * latter is tried once, so that a person reconnects by putting a new one into the configuration.
 *
 * `facts`: `hub_id`, the account; `scopes`, what was granted, separated by spaces (optional scopes that the account lacks are
 * dropped without a word). Throws `platform.account_changed` when the token is one of another account than `portal_id` or, without
 * it, than before.
 */
export const obtainGrant: ObtainGrant<HubspotConfig> = async (context, previous) =>
  toGrant(context, await refresh(context, previous), previous)

/** What HubSpot handed out, for the account that is expected. Throws `platform.account_changed`. */
export function toGrant(
  { config, clock }: UngrantedContext,
  answer: TokenAnswer,
  previous: TokenGrant | undefined,
): TokenGrant {
  const expected = config.portal_id ?? previous?.facts['hub_id']
  if (answer.hub_id !== undefined && expected !== undefined && expected !== answer.hub_id)
    throw new PlatformError('platform.account_changed', { act, expected, found: answer.hub_id })
  return {
    accessToken: answer.access_token,
    expiresAt: clock.now() + answer.expires_in * 1000,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    facts: {
      ...(answer.hub_id !== undefined && { hub_id: answer.hub_id }),
      scopes: answer.scopes.join(' '),
    },
  }
}

async function refresh(context: UngrantedContext, previous: TokenGrant | undefined): Promise<TokenAnswer> {
  const configured = context.config.refresh_token
  const candidates = [...new Set([previous?.refreshToken, configured])].filter((token) => token !== undefined)
  let refusal: unknown = new PlatformError('platform.auth_expired', {
    act,
    said: 'nobody has authorised this connection yet',
    remedy: 'Run "affluent connections authorize" while the hub runs, and open the link that it prints.',
  })
  for (const refresh_token of candidates)
    try {
      return await requestToken(context, act, { grant_type: 'refresh_token', refresh_token })
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'platform.auth_expired') throw error
      refusal = error
    }
  throw refusal
}

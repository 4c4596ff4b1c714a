import { z } from 'zod'
import type { Authorization } from '../../../core/connector/authorization.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { MetaConfig } from '../config.ts'
import { appSecretProof } from '../hashing.ts'
import { askForToken, askGraph, exchangeToken, type UngrantedContext } from './grant.ts'

/** Audiences are written with the first, figures read with the second, business assets found with the third (section 1.1). */
export const metaScopes: readonly string[] = ['ads_management', 'ads_read', 'business_management']

const metaAddress = 'https://graph.facebook.com'

/**
 * Facebook Login by code (https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow). The dialogue takes no code
 * challenge for an app with a secret; state and the browser's cookie bind the way back.
 */
export const authorization: Authorization<MetaConfig> = {
  isWanted: ({ access_token: token }) => token === undefined,
  address(config, { state, redirectUrl }) {
    const address = new URL(`/${config.api_version}/dialog/oauth`, dialogueAddress(config))
    address.search = new URLSearchParams({
      client_id: config.app_id ?? '',
      redirect_uri: redirectUrl,
      response_type: 'code',
      scope: metaScopes.join(','),
      state,
    }).toString()
    return address.href
  },
  async redeem(context, { code, redirectUrl }, previous) {
    const act = 'obtaining access to the account'
    const { access_token: shortLived } = await askForToken(context, act, { redirect_uri: redirectUrl, code })
    const grant = await exchangeToken(context, act, shortLived)
    const [expected, found] = [previous?.facts['account'], grant.facts['account']]
    if (expected !== undefined && found !== undefined && expected !== found)
      throw new PlatformError('platform.account_changed', { act, expected, found })
    await requireAdAccount(context, grant)
    return grant
  },
  async revoke(context, { accessToken }) {
    await askGraph(context, {
      act: 'ending access to the account',
      path: 'me/permissions',
      method: 'DELETE',
      query: {
        access_token: accessToken,
        appsecret_proof: appSecretProof(accessToken, context.config.app_secret ?? ''),
      },
      answer: z.object({ success: z.literal(true) }),
    })
  },
}

/**
 * Meta ties a code to no browser (see above): the access of somebody else, whose code was slipped in, is known by its not reaching the ad
 * account that the connection is for. Who gave none of the permissions could not reach it either, and is told which are missing.
 */
async function requireAdAccount(
  context: UngrantedContext,
  { accessToken, facts }: TokenGrant,
): Promise<void> {
  const scopes = (facts['scopes'] ?? '').split(' ')
  if (!scopes.includes('ads_read') && !scopes.includes('ads_management')) return
  const { ad_account_id: account, app_secret: secret = '' } = context.config
  await askGraph(context, {
    act: 'looking for the ad account',
    path: account,
    query: { fields: 'id', access_token: accessToken, appsecret_proof: appSecretProof(accessToken, secret) },
    answer: z.object({ id: z.string() }),
  })
}

/** People consent at an address of its own; a sandbox has one for all. */
const dialogueAddress = ({ base_url: baseUrl }: MetaConfig): string =>
  baseUrl === metaAddress ? 'https://www.facebook.com' : baseUrl

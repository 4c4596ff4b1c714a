import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { revokeToken } from '../revoke-token.ts'

/**
 * Gives the access back when a connection is given up: the refresh token dies with all its sessions. Where the flow has none, the
 * session ends.
 */
export const revokeAccess: Action<SalesforceConfig> = defineAction({
  name: 'revoke_access',
  description:
    'Revokes the access of this connection in Salesforce. Afterwards it works no more until a person authorises the app again.',
  effect: 'ends_access',
  input: z.strictObject({}),
  async run(context: SalesforceContext) {
    const { credentials } = context
    if (!credentials)
      throw new AffluentError('internal.unexpected', { act: 'revoking the access to Salesforce' })
    const { accessToken, refreshToken } = await credentials.current()
    return { revoked: await revokeToken(context, refreshToken ?? accessToken) }
  },
})

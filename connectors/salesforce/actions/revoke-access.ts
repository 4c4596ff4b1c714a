import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { readAnswer } from '../../../core/connector/read-answer.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { apiBudget } from '../budgets.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { toPlatformError } from '../errors.ts'

const act = 'revoking the access to Salesforce'
const maxBytes = 65_536

/**
 * Gives the access back when a connection is given up: the refresh token dies with all its sessions. Where the flow has none, the
 * session ends. Salesforce answers 400 for a token that is dead already, which is what was wanted.
 */
export const revokeAccess: Action<SalesforceConfig> = defineAction({
  name: 'revoke_access',
  description:
    'Revokes the access of this connection in Salesforce. Afterwards it works no more until a person authorises the app again.',
  input: z.strictObject({}),
  async run({ call, clock, config, credentials, fetch: send }: SalesforceContext) {
    if (!credentials) throw new AffluentError('internal.unexpected', { act })
    const { accessToken, refreshToken } = await credentials.current()
    const { status } = await call({
      act,
      budget: apiBudget,
      repeatable: true,
      async send(signal) {
        const response = await send(`${config.login_url.replace(/\/+$/, '')}/services/oauth2/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ token: refreshToken ?? accessToken }),
          redirect: 'error',
          signal,
        })
        return readAnswer(response, { act, maxBytes, signal })
      },
      classify: (reply) =>
        reply.status === 400 ? undefined : toPlatformError(reply, { act, now: clock.now() }),
    })
    return { revoked: status === 200 }
  },
})

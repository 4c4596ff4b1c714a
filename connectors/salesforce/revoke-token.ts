import { readAnswer } from '../../core/connector/read-answer.ts'
import { apiBudget } from './budgets.ts'
import type { SalesforceContext } from './config.ts'
import { toPlatformError } from './errors.ts'

const act = 'revoking the access to Salesforce'
const maxBytes = 65_536

/**
 * Ends a token at Salesforce: a refresh token dies with all its sessions. False: it was dead already, which Salesforce answers with 400 and
 * which is what was wanted.
 */
export async function revokeToken(
  { call, clock, config, fetch: send }: Omit<SalesforceContext, 'credentials'>,
  token: string,
): Promise<boolean> {
  const { status } = await call({
    act,
    budget: apiBudget,
    repeatable: true,
    async send(signal) {
      const response = await send(`${config.login_url.replace(/\/+$/, '')}/services/oauth2/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token }),
        redirect: 'error',
        signal,
      })
      return readAnswer(response, { act, maxBytes, signal })
    },
    classify: (reply) =>
      reply.status === 400 ? undefined : toPlatformError(reply, { act, now: clock.now() }),
  })
  return status === 200
}

import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { checkConnection } from '../check-connection.ts'
import { apiVersions, transmit } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { toPlatformError } from '../errors.ts'

const introspection = z.object({ active: z.boolean(), scopes: z.array(z.string()).default([]) })

/**
 * The permissions that the account really granted: optional scopes that it lacks are dropped at the installation without a word.
 * An OAuth token is asked about; of a Service Key only those are known that the connection test tries.
 */
export const listScopes: Action<HubspotConfig> = defineAction({
  name: 'list_scopes',
  description: 'Lists the scopes that HubSpot granted to this connection.',
  effect: 'reads',
  input: z.strictObject({}),
  async run(context: HubspotContext) {
    if (context.credentials && context.config.refresh_token !== undefined)
      return { source: 'token', scopes: await introspect(context, await context.credentials.current()) }
    const checks = await checkConnection(context)
    return { source: 'probes', scopes: checks.filter(({ ok }) => ok).flatMap(({ name }) => scopeOf(name)) }
  },
})

const scopeOf = (name: string): string[] => (/^crm\.[a-z.]+$/.test(name) ? [name] : [])

async function introspect(
  context: HubspotContext,
  grant: { readonly accessToken: string },
): Promise<string[]> {
  const act = 'asking which scopes were granted'
  const { client_id = '', client_secret = '' } = context.config
  const reply = await context.call({
    act,
    budget: context.config.limit_tier,
    repeatable: true,
    send: (signal) =>
      transmit(
        context,
        {
          act,
          method: 'POST',
          path: `/oauth/${apiVersions.oauth}/token/introspect`,
          form: { client_id, client_secret, token: grant.accessToken, token_type_hint: 'access_token' },
        },
        signal,
      ),
    classify: (answer) =>
      toPlatformError(answer, { act, now: context.clock.now(), timeZone: 'UTC' }) ??
      (introspection.safeParse(answer.body).success
        ? undefined
        : new PlatformError('platform.unreadable_answer', { act, status: answer.status })),
  })
  const { active, scopes } = introspection.parse(reply.body)
  if (!active) throw new PlatformError('platform.auth_expired', { act, said: 'the token is not active' })
  return scopes.toSorted()
}

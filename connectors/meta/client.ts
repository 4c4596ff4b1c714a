import type { FacebookAdsApi } from 'facebook-nodejs-business-sdk'
import type { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { GuardedAdsApi } from './ads-api.ts'
import type { MetaConfig } from './config.ts'
import { toMetaError, unreadableAnswer } from './errors.ts'

/** The Marketing API version the connector is written for (https://developers.facebook.com/docs/graph-api/changelog/versions). */
export const metaApiVersion = 'v25.0'

export type MetaContext = ConnectorContext<MetaConfig>

/** One call of the Marketing API. */
export interface MetaCall<Answer> {
  /** Gerund phrase without personal data. */
  readonly act: string
  readonly budget: string
  readonly cost?: number
  readonly repeatable?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The shape of a success; any other answer is `platform.unreadable_answer`. */
  readonly answer: z.ZodType<Answer>
  /** Makes exactly one call on the api it is handed. */
  send(api: FacebookAdsApi): Promise<unknown>
}

/** Makes one call through the hub and returns the parsed answer. Throws the `PlatformError` that Meta's answer means. */
export async function callMeta<Answer>(context: MetaContext, call: MetaCall<Answer>): Promise<Answer> {
  const { config } = context
  const { act, answer, signal: stop } = call
  const reply = await context.call({
    act,
    budget: call.budget,
    cost: call.cost ?? 1,
    repeatable: call.repeatable ?? true,
    ...(call.timeoutMs !== undefined && { timeoutMs: call.timeoutMs }),
    async send(signal) {
      const both = stop ? AbortSignal.any([signal, stop]) : signal
      const token = await accessToken(context, act)
      const api = new GuardedAdsApi(config, token, { fetch: context.fetch, signal: both, act })
      await call.send(api)
      return api.reply
    },
    classify: (received) =>
      toMetaError(received, act, config.ad_account_id) ??
      (answer.safeParse(received.body).success ? undefined : unreadableAnswer(act, received.status)),
  })
  warnOfOldVersion(context, reply)
  return answer.parse(reply.body)
}

/** The connection's own token: the lasting one, or the one that the hub keeps renewed. */
async function accessToken({ config, credentials }: MetaContext, act: string): Promise<string> {
  if (config.access_token !== undefined) return config.access_token
  if (credentials) return (await credentials.current()).accessToken
  throw new PlatformError('platform.auth_expired', { act, said: 'no access was granted to this connection' })
}

const warned = new WeakSet<MetaConfig>()

/** Meta answers calls to a version that ended by the next one, for a while. Said once for a connection. */
function warnOfOldVersion({ config, connection, logger }: MetaContext, { headers }: PlatformReply): void {
  if (headers['x-ad-api-version-warning'] === undefined || warned.has(config)) return
  warned.add(config)
  logger.warn('meta_version_ended', { connection, version: config.api_version })
}

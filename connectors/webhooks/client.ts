import type { ConnectorContext } from '../../core/connector/connector.ts'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import { readAnswer } from '../../core/connector/read-answer.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import type { Endpoint, WebhooksConfig } from './config.ts'
import { toPlatformError } from './errors.ts'
import { signMessage, type Message } from './sign-message.ts'

export type WebhooksContext = ConnectorContext<WebhooksConfig>

/** Version of Standard Webhooks' signature. */
export const webhooksVersion = 'v1'

/** No receiver publishes a limit; this is what a small one takes, and 429 slows it down. */
export const webhooksBudgets: readonly RateBudget[] = [
  { name: 'messages', scope: 'account', limit: 100, windowMs: 1000, source: 'connectors/webhooks/README.md' },
]

/** Standard Webhooks asks receivers to answer within 15 to 30 seconds. */
const timeoutMs = 20_000

/** Nobody needs to say more than a few words. */
const mostAnswerBytes = 65_536

export interface Post {
  readonly act: string
  readonly message: Message
  /** Statuses that are read by the caller and are no errors here. */
  readonly accept?: readonly number[]
  /** Tells that a success is unreadable. */
  readonly isReadable?: (reply: PlatformReply) => boolean
}

/** Posts one message, signed anew at each attempt under the same id. Throws `PlatformError`. */
export function postMessage(
  context: WebhooksContext,
  endpoint: Endpoint,
  post: Post,
): Promise<PlatformReply> {
  const { act, message, accept = [], isReadable = () => true } = post
  const { clock, fetch } = context
  const { secret, previous_secret: previous } = endpoint
  const secrets = previous === undefined ? [secret] : [secret, previous]
  return context.call({
    act,
    budget: 'messages',
    repeatable: true,
    timeoutMs,
    async send(signal) {
      const headers = { 'content-type': 'application/json', ...signMessage(message, secrets, clock.now()) }
      const request = { method: 'POST', headers, body: message.body, redirect: 'manual', signal } as const
      return readAnswer(await fetch(endpoint.url, request), { act, maxBytes: mostAnswerBytes, signal })
    },
    classify(reply) {
      if (accept.includes(reply.status)) return undefined
      const error = toPlatformError(reply, act)
      if (error) return error
      return isReadable(reply)
        ? undefined
        : new PlatformError('platform.unreadable_answer', { act, status: reply.status })
    },
  })
}

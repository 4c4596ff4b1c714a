import type { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { tokensLeftHeader } from './budgets.ts'
import type { Ga4Context } from './config.ts'
import { endpointsOf } from './endpoints.ts'
import { toGoogleError, unreadableAnswer } from './errors.ts'
import { sendThroughGoogle, toReply, type GoogleApis } from './google-apis.ts'
import { readQuota } from './quota.ts'
import { guardOf } from './server-error-guard.ts'

/** One call of the Data or Admin API. */
export interface GoogleCall<Answer> {
  /** Gerund phrase without personal data. */
  readonly act: string
  readonly budget: string
  readonly cost?: number
  /** Default true. */
  readonly repeatable?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The shape of a success; any other answer is `platform.unreadable_answer`. */
  readonly answer: z.ZodType<Answer>
  /** Makes exactly one call on the clients it is handed. */
  send(apis: GoogleApis): Promise<unknown>
}

/** Makes one call through the hub and returns the parsed answer. Throws the `PlatformError` that Google's answer means. */
export async function callGoogle<Answer>(context: Ga4Context, call: GoogleCall<Answer>): Promise<Answer> {
  const { act, answer, timeoutMs = 60_000 } = call
  const guard = guardOf(context)
  const parsed: { answer?: Answer } = {}
  call.signal?.throwIfAborted()
  guard.refuse(act, context.clock.now())
  const reply = await context.call({
    act,
    budget: call.budget,
    cost: call.cost ?? 1,
    repeatable: call.repeatable ?? true,
    timeoutMs,
    async send(signal) {
      const received = await sendThroughGoogle(
        {
          fetch: context.fetch,
          // Only now: the call may have waited an hour for its quota.
          accessToken: await readAccessToken(context, act),
          signal: call.signal ? AbortSignal.any([signal, call.signal]) : signal,
          endpoints: endpointsOf(context.config),
          timeoutMs,
        },
        (apis) => call.send(apis),
      )
      return withTokensLeft(received)
    },
    classify(received) {
      const now = context.clock.now()
      const error = toGoogleError(received, { act, now })
      if (error) return guard.note(error, received.status, now)
      const result = answer.safeParse(received.body)
      if (!result.success) return unreadableAnswer(act, received.status)
      parsed.answer = result.data
      return undefined
    },
  })
  return parsed.answer ?? answer.parse(reply.body)
}

async function readAccessToken(context: Ga4Context, act: string): Promise<string> {
  if (!context.credentials) throw new PlatformError('platform.auth_expired', { act, said: 'no grant' })
  return (await context.credentials.current()).accessToken
}

/** Google tells its quotas in the body; the limiter reads headers. */
function withTokensLeft(reply: PlatformReply): PlatformReply {
  const tokensLeft = readQuota(reply.body)?.tokensLeft
  if (tokensLeft === undefined) return reply
  return { ...reply, headers: { ...reply.headers, [tokensLeftHeader]: String(tokensLeft) } }
}

/** One plain request beside Google's clients: the Measurement Protocol has none, and a token is asked for before there is one. */
export interface PlainCall {
  readonly act: string
  readonly budget: string
  readonly repeatable: boolean
  readonly url: string
  readonly contentType: string
  readonly body: string
  readonly signal?: AbortSignal
  /** The error that an answer means. */
  classify(reply: PlatformReply): PlatformError | undefined
}

/** Posts once through the hub; never follows a redirect, because the address or body holds a secret. */
export function postPlain(
  context: Pick<Ga4Context, 'call' | 'fetch'>,
  call: PlainCall,
): Promise<PlatformReply> {
  call.signal?.throwIfAborted()
  return context.call({
    act: call.act,
    budget: call.budget,
    repeatable: call.repeatable,
    async send(signal) {
      const response = await context.fetch(call.url, {
        method: 'POST',
        headers: { 'content-type': call.contentType },
        body: call.body,
        redirect: 'manual',
        signal: call.signal ? AbortSignal.any([signal, call.signal]) : signal,
      })
      return toReply(response)
    },
    classify: (reply) => call.classify(reply),
  })
}

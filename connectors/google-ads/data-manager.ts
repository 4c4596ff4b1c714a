import type { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { readAnswer } from '../../core/connector/read-answer.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { maxAnswerBytes } from './answer-limit.ts'
import type { GoogleAdsConfig } from './config.ts'
import { toGoogleError, unreadableAnswer } from './errors.ts'

/** Version of the Data Manager API: https://developers.google.com/data-manager/api/release-notes. */
const version = 'v1'

export type GoogleAdsContext = ConnectorContext<GoogleAdsConfig>

/** One request of the Data Manager API. */
export interface DataManagerCall<Answer> {
  /** Gerund phrase without personal data. */
  readonly act: string
  readonly method: 'GET' | 'POST'
  /** Below the version: "audienceMembers:ingest". */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Default true: nearly all of this API may be sent twice. */
  readonly repeatable?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The shape of an answer that the caller wants; any other one is an error. */
  readonly answer: z.ZodType<Answer>
  /** True for a refusal that the caller reads itself, by `answer`. */
  readonly wants?: (reply: PlatformReply) => boolean
}

/**
 * Makes one request through the hub and returns the parsed answer. Throws the `PlatformError` that Google's answer means. By plain
 * requests: the vendor's package of this API is older than the API (no removeAll, no warnings) and hides error details.
 */
export async function callDataManager<Answer>(
  context: GoogleAdsContext,
  call: DataManagerCall<Answer>,
): Promise<Answer> {
  const { act, answer } = call
  const reply = await context.call({
    act,
    budget: 'data_manager',
    repeatable: call.repeatable ?? true,
    ...(call.timeoutMs !== undefined && { timeoutMs: call.timeoutMs }),
    send: (signal) => send(context, call, signal),
    classify(received) {
      const error = call.wants?.(received)
        ? undefined
        : toGoogleError(received, { act, now: context.clock.now() })
      return (
        error ??
        (answer.safeParse(received.body).success ? undefined : unreadableAnswer(act, received.status))
      )
    },
  })
  return answer.parse(reply.body)
}

/** The access token of the moment. */
export async function accessToken(context: GoogleAdsContext): Promise<string> {
  if (!context.credentials) throw new AffluentError('internal.unexpected', { act: 'reading the grant' })
  return (await context.credentials.current()).accessToken
}

async function send<Answer>(
  context: GoogleAdsContext,
  call: DataManagerCall<Answer>,
  signal: AbortSignal,
): Promise<PlatformReply> {
  const { config } = context
  const base = config.data_manager_url.replace(/\/+$/, '')
  const query = new URLSearchParams(call.query).toString()
  const response = await context.fetch(`${base}/${version}/${call.path}${query === '' ? '' : `?${query}`}`, {
    method: call.method,
    signal: call.signal ? AbortSignal.any([signal, call.signal]) : signal,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${await accessToken(context)}`,
      ...loginAccount(call.path, config),
      ...(call.body && { 'content-type': 'application/json' }),
    },
    ...(call.body && { body: JSON.stringify(call.body) }),
  })
  return readAnswer(response, { act: call.act, maxBytes: maxAnswerBytes })
}

/** Methods on lists take the manager account as a header; uploads name it in each destination instead (chapter 2.1). */
function loginAccount(path: string, config: GoogleAdsConfig): Record<string, string> {
  const { login_customer_id } = config
  if (login_customer_id === undefined || !path.startsWith('accountTypes/')) return {}
  return { 'login-account': `accountTypes/GOOGLE_ADS/accounts/${login_customer_id}` }
}

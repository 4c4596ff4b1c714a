/**
 * The only place that speaks HTTP to an org. jsforce builds and signs the request; its retries, its token refresh and its own HTTP
 * stack stay off, since the hub repeats, renews and guards for everybody.
 */
import { Connection } from 'jsforce/lib/connection.js'
import { HttpApi } from 'jsforce/lib/http-api.js'
import type { HttpResponse } from 'jsforce/lib/types/common.js'
import type { z } from 'zod'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import { AffluentError, PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { apiBudget } from './budgets.ts'
import { clientTag } from './client-tag.ts'
import type { SalesforceContext } from './config.ts'
import { keepBelowCeiling, noteUsage } from './daily-usage.ts'
import { toPlatformError } from './errors.ts'
import { GuardedTransport } from './guarded-transport.ts'

/** One request, and the shape its answer must have. */
export interface SalesforceRequest<Answer extends z.ZodType> {
  /** Gerund phrase without personal data. */
  readonly act: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/services/data/v67.0`, or a whole path that starts with `/services/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON; a text is sent as CSV. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly answer: Answer
  /** True when sending it twice changes nothing. */
  readonly repeatable: boolean
  readonly budget?: string
  /** Codes that differ from the usual for this request, by Salesforce's code or by status. */
  readonly codes?: Readonly<Record<string, PlatformErrorCode>>
  /** True for what a person waits for: it may go on above the ceiling of the daily calls. */
  readonly urgent?: boolean
  readonly signal?: AbortSignal
}

/** A success: its body in the asked shape, and what stood around it. */
export interface SalesforceAnswer<Body> {
  readonly body: Body
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Salesforce itself gives a call up after ten minutes; a query of two thousand rows takes seconds. */
const timeoutMs = 120_000

/** Sends one request through the hub's caller. Throws `PlatformError`; an answer of another shape is `unreadable_answer`. */
export async function callSalesforce<Answer extends z.ZodType>(
  context: SalesforceContext,
  request: SalesforceRequest<Answer>,
): Promise<SalesforceAnswer<z.output<Answer>>> {
  request.signal?.throwIfAborted()
  const { act, codes } = request
  const now = context.clock.now()
  keepBelowCeiling(context, { act, now, urgent: request.urgent ?? false })
  const parsed: { body?: z.output<Answer> } = {}
  const refuseShape = (reply: PlatformReply): PlatformError | undefined => {
    const result = request.answer.safeParse(reply.body)
    if (!result.success) return unreadable(reply, act)
    parsed.body = result.data
    return undefined
  }
  const reply = await context.call({
    act,
    budget: request.budget ?? apiBudget,
    repeatable: request.repeatable,
    timeoutMs,
    send: (signal) =>
      send(context, request, request.signal ? AbortSignal.any([signal, request.signal]) : signal),
    classify: (reply) => {
      noteUsage(context, reply.headers)
      return toPlatformError(reply, { act, now, ...(codes && { codes }) }) ?? refuseShape(reply)
    },
  })
  const body = 'body' in parsed ? parsed.body : request.answer.parse(reply.body)
  return { body, status: reply.status, headers: reply.headers }
}

function unreadable(reply: PlatformReply, act: string): PlatformError {
  const found =
    typeof reply.body === 'string' ? (reply.headers['content-type'] ?? 'no content') : 'other JSON'
  return new PlatformError('platform.unreadable_answer', {
    act,
    status: reply.status,
    found: found.slice(0, 100),
  })
}

async function send<Answer extends z.ZodType>(
  context: SalesforceContext,
  request: SalesforceRequest<Answer>,
  signal: AbortSignal,
): Promise<PlatformReply> {
  if (!context.credentials)
    throw new AffluentError('internal.unexpected', { act: 'asking for the access of a connection' })
  const connection = open(context, await context.credentials.current())
  const api = new HttpApi(connection, {
    responseType: 'text/plain',
    transport: new GuardedTransport(context.fetch, signal),
  })
  const received = new Promise<HttpResponse>((resolve) => api.once('response', resolve))
  const sent = api.request({
    method: request.method,
    url: addressOf(connection, request),
    headers: { accept: 'application/json, text/csv', ...contentType(request.body), ...request.headers },
    ...(request.body !== undefined && {
      body: typeof request.body === 'string' ? request.body : JSON.stringify(request.body),
    }),
  })
  // jsforce throws a refusal without its status and headers; the answer itself has been told by then.
  const response = await Promise.race([received, sent.then(() => received)])
  sent.catch(() => undefined)
  return { status: response.statusCode, headers: response.headers, body: parseBody(response) }
}

/** No refresh function and no client id: jsforce would refresh by itself, and lose the rotated token. */
const open = (context: SalesforceContext, grant: TokenGrant): Connection =>
  new Connection({
    version: context.config.api_version,
    instanceUrl: grant.facts['instance_url'] ?? context.config.login_url,
    accessToken: grant.accessToken,
    callOptions: { client: clientTag },
  })

function addressOf<Answer extends z.ZodType>(
  connection: Connection,
  { path, query }: SalesforceRequest<Answer>,
): string {
  const whole = path.startsWith('/services/') ? path : `/services/data/v${connection.version}${path}`
  const search = query ? `?${new URLSearchParams(query).toString()}` : ''
  return `${connection.instanceUrl.replace(/\/+$/, '')}${whole}${search}`
}

function contentType(body: unknown): Readonly<Record<string, string>> {
  if (body === undefined) return {}
  return { 'content-type': typeof body === 'string' ? 'text/csv; charset=UTF-8' : 'application/json' }
}

function parseBody({ headers, body }: HttpResponse): unknown {
  if (!/\bjson\b/i.test(headers['content-type'] ?? 'json')) return body
  try {
    return JSON.parse(body)
  } catch {
    // Cut or malformed JSON: the caller sees a text where it expects an object and reports the answer as unreadable.
    return body
  }
}

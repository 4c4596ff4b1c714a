/**
 * The only place that speaks HTTP to HubSpot. The vendor's SDK is used through `apiRequest` alone: its named methods still call
 * undated paths that end in 2027, its retries and limiter are process-wide and cover creates, so both stay off.
 */
import { Client } from '@hubspot/api-client'
import type { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import type { HubspotContext } from './config.ts'
import { toPlatformError } from './errors.ts'
import { orAbort, readBody } from './read-body.ts'

/**
 * Version of each API family; families move independently. Each dated version lives 18 months:
 * https://developers.hubspot.com/docs/developer-tooling/platform/versioning
 */
export const apiVersions = {
  objects: '2026-09',
  properties: '2026-09',
  lists: '2026-03',
  accountInfo: '2026-03',
  associations: '2026-03',
  communicationPreferences: '2026-03',
  events: '2026-03',
  oauth: '2026-03',
  journal: '2026-03',
  appInstalls: '2026-03',
  imports: '2026-09',
} as const

/** Kinds of CRM records that we read, under the names that the API's paths use. */
export type ObjectType = 'contacts' | 'companies' | 'deals'

export const objectsPath = (type: ObjectType): string => `/crm/objects/${apiVersions.objects}/${type}`
export const propertiesPath = (type: ObjectType): string =>
  `/crm/properties/${apiVersions.properties}/${type}`
export const contactsPath = objectsPath('contacts')
export const contactPropertiesPath = propertiesPath('contacts')
export const listsPath = `/crm/lists/${apiVersions.lists}`
export const accountPath = `/account-info/${apiVersions.accountInfo}/details`

type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One request, and the shape its answer must have. */
export interface HubspotRequest<Answer extends z.ZodType> {
  /** Gerund phrase without personal data. */
  readonly act: string
  readonly method: HttpMethod
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent as multipart instead of `body`. */
  readonly multipart?: FormData
  readonly answer: Answer
  /** True when sending it twice changes nothing. */
  readonly repeatable: boolean
  /** Paid from this budget instead of the connection's burst budget. */
  readonly budget?: string
  /** The bearer. Default: the connection's own access. */
  readonly bearer?: () => Promise<string>
  /** Codes that differ from the usual for a status of this request. */
  readonly codes?: Readonly<Partial<Record<number, PlatformErrorCode>>>
  /** Values in the body that must not come back in an error. */
  readonly sent?: readonly string[]
  readonly signal?: AbortSignal
  /** Milliseconds until the call is given up, where an upload takes longer than usual. */
  readonly timeoutMs?: number
}

/** What an answer told beside its body. */
export interface AnswerHeaders {
  readonly dailyRemaining: number | undefined
}

/** Sends one request through the hub's caller. Throws `PlatformError`; an answer of another shape is `unreadable_answer`. */
export async function sendHubspot<Answer extends z.ZodType>(
  context: HubspotContext,
  request: HubspotRequest<Answer>,
  timeZone: string,
): Promise<{ answer: z.output<Answer>; headers: AnswerHeaders }> {
  request.signal?.throwIfAborted()
  const { act, codes, sent } = request
  const parsed: { data?: z.output<Answer> } = {}
  const refuseShape = (reply: PlatformReply): PlatformError | undefined => {
    const result = request.answer.safeParse(reply.body)
    if (!result.success) return unreadable(reply, act)
    parsed.data = result.data
    return undefined
  }
  const reply = await context.call({
    act,
    budget: request.budget ?? context.config.limit_tier,
    repeatable: request.repeatable,
    ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
    send: async (signal) => {
      const until = request.signal ? AbortSignal.any([signal, request.signal]) : signal
      const bearer = await (request.bearer?.() ?? accessToken(context, act))
      return transmit(context, { ...request, bearer }, until)
    },
    classify: (reply) =>
      toPlatformError(reply, {
        act,
        now: context.clock.now(),
        timeZone,
        hasLastingToken: request.bearer === undefined && context.config.access_token !== undefined,
        ...(codes && { codes }),
        ...(sent && { sent }),
      }) ?? refuseShape(reply),
  })
  const left = reply.headers['x-hubspot-ratelimit-daily-remaining']
  return {
    answer: 'data' in parsed ? parsed.data : request.answer.parse(reply.body),
    headers: { dailyRemaining: left === undefined ? undefined : Number(left) },
  }
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

/** The connection's own bearer: the static one, or the one that the hub keeps renewed. Asked for anew at each attempt. */
async function accessToken(context: HubspotContext, act: string): Promise<string> {
  if (context.config.access_token !== undefined) return context.config.access_token
  if (!context.credentials)
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'no access was granted to this connection',
    })
  return (await context.credentials.current()).accessToken
}

/** What goes over the wire. */
export interface WireRequest {
  readonly act: string
  readonly method: HttpMethod
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form instead of `body`. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as multipart instead of `body`; fetch names the boundary in the content type. */
  readonly multipart?: FormData
  readonly bearer?: string
}

/** Sends a request once and reads its answer, whatever it says. */
export async function transmit(
  context: Pick<HubspotContext, 'config'>,
  request: WireRequest,
  signal: AbortSignal,
): Promise<PlatformReply> {
  const { method, path, query, body, form, multipart, bearer } = request
  const client = new Client({
    ...(bearer !== undefined && { accessToken: bearer }),
    basePath: context.config.base_url.replace(/\/+$/, ''),
    numberOfApiCallRetries: 0,
  })
  // The SDK hands no signal to fetch: when we abort, the answer is thrown away as soon as it comes.
  const response = await orAbort(
    client.apiRequest({
      method,
      path,
      ...(query && { qs: query }),
      ...(body !== undefined && { body }),
      ...(form && {
        defaultJson: false,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: String(new URLSearchParams(form)),
      }),
      ...(multipart && { defaultJson: false, body: multipart }),
    }),
    signal,
    (late) => late.body?.cancel(),
  )
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await readBody(response, request.act, signal),
  }
}

import { z } from 'zod'
import { PlatformError, type ErrorParams, type Wait } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { nextMidnight } from './next-midnight.ts'
import { redact } from './redact.ts'
import { remedyFor } from './remedies.ts'

/** HubSpot's error body; every part of it is optional there, and a part of another shape counts as absent. */
const errorBody = z.object({
  status: z.string().optional().catch(undefined),
  message: z.string().default('').catch(''),
  category: z.string().optional().catch(undefined),
  subCategory: z.string().optional().catch(undefined),
  errorType: z.string().optional().catch(undefined),
  policyName: z.string().optional().catch(undefined),
  correlationId: z.string().optional().catch(undefined),
  errors: z
    .array(
      z.object({
        code: z.string().optional(),
        context: z.record(z.string(), z.array(z.string())).optional().catch(undefined),
      }),
    )
    .default([])
    .catch([]),
})
type ErrorBody = z.output<typeof errorBody>

/** What is known about the request whose answer is classified. */
export interface ClassifiedCall {
  readonly act: string
  /** Epoch milliseconds. */
  readonly now: number
  /** Time zone of the account, in which the daily quota starts anew. */
  readonly timeZone: string
  /** Codes that differ from the table for this request: a batch that can be cut, a list that is gone. */
  readonly codes?: Readonly<Partial<Record<number, PlatformErrorCode>>>
  /** Values that were sent and must not come back in an error. */
  readonly sent?: readonly string[]
  /** True where the access is the token of the configuration, which a person must replace. Default: renewed access. */
  readonly hasLastingToken?: boolean
}

interface Verdict {
  readonly code: PlatformErrorCode
  readonly wait?: Wait
}

const second = 1000
/** Longest wait that HubSpot's pages name: an account that moves to another data centre, up to a day. */
const longestWaitMs = 86_400 * second
const migrationWaitMs = 900 * second

/** What each status means (https://developers.hubspot.com/docs/api-reference/error-handling). 5xx is not listed: always transient. */
const byStatus: Readonly<Partial<Record<number, PlatformErrorCode>>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  413: 'platform.request_too_large',
  414: 'platform.request_too_large',
  423: 'platform.transient',
  477: 'platform.rate_limited',
}

/** Codes in a refusal of a whole batch that concern the mapping, not a record: cutting the batch would change nothing. */
const mappingFaults = new Set(['PROPERTY_DOESNT_EXIST', 'READ_ONLY_VALUE'])

/**
 * The error that an answer means, or undefined for a success. Also reads HubSpot's error body under status 200, and rate limits
 * under any status. `params`: act, status, said, category, detail (codes), correlation_id, scopes, existing_id, remedy.
 */
export function toPlatformError(reply: PlatformReply, call: ClassifiedCall): PlatformError | undefined {
  const parsed = errorBody.safeParse(reply.body)
  const body = parsed.data ?? errorBody.parse({})
  if (reply.status >= 200 && reply.status < 300 && body.status !== 'error') return undefined
  const { code, wait } = judge(reply, body, call)
  const params = describe(reply, body, call)
  const remedy = remedyFor(code, params, call.hasLastingToken === true)
  return new PlatformError(code, remedy === undefined ? params : { ...params, remedy }, wait)
}

function judge(reply: PlatformReply, body: ErrorBody, call: ClassifiedCall): Verdict {
  const told = retryAfterMs(reply.headers)
  if (isRateLimit(reply, body)) return judgeRateLimit(body, told, call)
  const { status } = reply
  if (status >= 500) return { code: 'platform.transient', wait: waitOf(told) }
  return { code: codeOf(status, body, call), wait: waitOf(told ?? statusWaitMs[status]) }
}

const statusWaitMs: Readonly<Partial<Record<number, number>>> = { 423: 2 * second, 477: migrationWaitMs }

function codeOf(status: number, body: ErrorBody, call: ClassifiedCall): PlatformErrorCode {
  const own = call.codes?.[status]
  const isMappingFault = detailCodes(body).some((code) => mappingFaults.has(code))
  if (own === 'platform.batch_refused' && isMappingFault) return 'platform.invalid_request'
  return own ?? byStatus[status] ?? 'platform.invalid_request'
}

const waitOf = (ms: number | undefined): Wait => (ms === undefined ? {} : { retryAfterMs: ms })

const isRateLimit = (reply: PlatformReply, body: ErrorBody): boolean =>
  reply.status === 429 ||
  body.policyName !== undefined ||
  body.errorType === 'RATE_LIMIT' ||
  body.category === 'RATE_LIMITS'

/** Waits by policy, as HubSpot publishes them; `Retry-After` is not documented for 429 and wins when it is there. */
function judgeRateLimit(body: ErrorBody, told: number | undefined, call: ClassifiedCall): Verdict {
  if (body.policyName === 'DAILY')
    return { code: 'platform.quota_exhausted', wait: { until: nextMidnight(call.now, call.timeZone) } }
  const policyMs = body.policyName === 'SECONDLY' ? 1.5 * second : 10 * second
  return { code: 'platform.rate_limited', wait: { retryAfterMs: told ?? policyMs } }
}

/** Seconds, or an HTTP date measured against the answer's own clock; between one second and a day. Undefined when unreadable. */
function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  const ms = /^-?\d+$/.test(value)
    ? Number(value) * second
    : Date.parse(value) - Date.parse(headers['date'] ?? '')
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(second, ms), longestWaitMs)
}

function describe(reply: PlatformReply, body: ErrorBody, call: ClassifiedCall): ErrorParams {
  const scopes = body.errors.flatMap(({ context }) => context?.['requiredGranularScopes'] ?? [])
  const existing = /Existing ID: (\d+)/.exec(body.message)?.[1]
  const details = detailCodes(body)
  return {
    act: call.act,
    status: reply.status,
    said: redact(body.message, call.sent),
    ...(body.category !== undefined && { category: body.category.slice(0, 64) }),
    ...(details.length > 0 && { detail: details.join(', ') }),
    ...(body.correlationId !== undefined && { correlation_id: body.correlationId.slice(0, 64) }),
    ...(scopes.length > 0 && { scopes: scopes.join(', ').slice(0, 500) }),
    ...(existing !== undefined && { existing_id: existing }),
  }
}

/** Where HubSpot may name the single faults of a refusal. */
export interface FaultyAnswer {
  readonly message: string
  readonly subCategory?: string | undefined
  readonly errors: readonly { readonly code?: string | undefined }[]
}

/** The codes of the single faults. HubSpot puts them in `errors`, in the sub-category or as JSON into the message. */
export function detailCodes({ message, subCategory = '', errors }: FaultyAnswer): string[] {
  const named = errors.flatMap(({ code }) => code ?? [])
  const inMessage = message.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []
  return [...new Set([...named, ...subCategory.split('.').slice(-1), ...inMessage])]
    .filter((code) => /^[A-Z_]{1,64}$/.test(code))
    .slice(0, 5)
}

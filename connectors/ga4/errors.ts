import { z } from 'zod'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError, type ErrorParams, type Wait } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { nextPacificMidnight } from './pacific-midnight.ts'

const second = 1000
const hourMs = 3600 * second

/** google.rpc.Status as JSON (https://cloud.google.com/apis/design/errors); details of another shape are left out. */
const detail = z.object({
  '@type': z.string(),
  reason: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  retryDelay: z.string().optional(),
})
const errorBody = z.object({
  error: z.object({
    message: z.string().default('').catch(''),
    status: z.string().optional().catch(undefined),
    details: z.array(z.unknown()).default([]).catch([]),
  }),
})

interface GoogleFault {
  readonly message: string
  readonly status: string | undefined
  readonly details: readonly z.output<typeof detail>[]
}

interface Verdict {
  readonly code: PlatformErrorCode
  readonly remedy?: string
  readonly wait?: Wait
}

/** What is known of the call whose answer is classified. */
export interface ClassifiedCall {
  readonly act: string
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * The error that an answer of the Data or Admin API means; undefined for a success. `params`: act, status, said, reason (Google's),
 * remedy, names (dimensions and metrics that do not go together).
 */
export function toGoogleError(reply: PlatformReply, call: ClassifiedCall): PlatformError | undefined {
  const fault = readFault(reply.body)
  const isSuccess = reply.status >= 200 && reply.status < 300
  if (isSuccess && !fault) return undefined
  const verdict = judge(reply, fault, call)
  return new PlatformError(
    verdict.code,
    describe(reply, fault, { ...call, remedy: verdict.remedy }),
    verdict.wait,
  )
}

/** For an answer that says "success" and cannot be read. */
export function unreadableAnswer(act: string, status: number): PlatformError {
  return new PlatformError('platform.unreadable_answer', { act, status })
}

function readFault(body: unknown): GoogleFault | undefined {
  const parsed = errorBody.safeParse(body).data?.error
  if (!parsed) return undefined
  const details = parsed.details.flatMap((each) => detail.safeParse(each).data ?? [])
  return { message: parsed.message, status: parsed.status, details }
}

function judge(reply: PlatformReply, fault: GoogleFault | undefined, call: ClassifiedCall): Verdict {
  const told = toldWaitMs(reply, fault)
  if (reply.status === 429 || fault?.status === 'RESOURCE_EXHAUSTED')
    return judgeQuota(fault?.message ?? '', told, call.now)
  const code = codeOf(reply, fault)
  if (code === 'platform.permission_missing') return { code, remedy: permissionRemedy(fault) }
  return { code, ...(told !== undefined && { wait: { retryAfterMs: told } }) }
}

/** A proxy in front of Google may answer plainly: its status then counts. */
function codeOf(reply: PlatformReply, fault: GoogleFault | undefined): PlatformErrorCode {
  const known = codes[fault?.status ?? ''] ?? statusCodes[reply.status]
  if (known !== undefined) return known
  if (reply.status >= 500) return 'platform.transient'
  const isJson = typeof reply.body === 'object' && reply.body !== null
  return isJson && reply.status >= 400 ? 'platform.invalid_request' : 'platform.unreadable_answer'
}

/** Canonical codes (google/rpc/code.proto). */
const codes: Readonly<Record<string, PlatformErrorCode>> = {
  UNAUTHENTICATED: 'platform.auth_expired',
  PERMISSION_DENIED: 'platform.permission_missing',
  NOT_FOUND: 'platform.not_found',
  INVALID_ARGUMENT: 'platform.invalid_request',
  FAILED_PRECONDITION: 'platform.invalid_request',
  OUT_OF_RANGE: 'platform.invalid_request',
  ALREADY_EXISTS: 'platform.invalid_request',
  UNIMPLEMENTED: 'platform.invalid_request',
  ABORTED: 'platform.transient',
  CANCELLED: 'platform.transient',
  UNKNOWN: 'platform.transient',
  INTERNAL: 'platform.transient',
  UNAVAILABLE: 'platform.transient',
  DEADLINE_EXCEEDED: 'platform.transient',
}

const statusCodes: Readonly<Partial<Record<number, PlatformErrorCode>>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  413: 'platform.request_too_large',
}

/**
 * Which quota it is stands only in the words ("Exhausted property tokens per hour …"). Hourly quotas come back at the full hour,
 * daily ones at midnight Pacific time, concurrent ones once a running request ends.
 */
function judgeQuota(message: string, told: number | undefined, now: number): Verdict {
  const code = 'platform.rate_limited'
  if (told !== undefined) return { code, wait: { retryAfterMs: told } }
  if (/\bper day\b|\bdaily\b/i.test(message))
    return { code: 'platform.quota_exhausted', wait: { until: nextPacificMidnight(now) } }
  if (/\bconcurrent\b/i.test(message)) return { code, wait: { retryAfterMs: 5 * second } }
  const untilFullHour = hourMs - (now % hourMs)
  if (/\bserver errors\b/i.test(message))
    return { code: 'platform.quota_exhausted', wait: { until: now + untilFullHour } }
  if (/\bhour\b|\bthresholded\b/i.test(message)) return { code, wait: { retryAfterMs: untilFullHour } }
  return { code, wait: { retryAfterMs: 60 * second } }
}

/** RetryInfo, else Retry-After in seconds or as a date against the answer's own clock; between one second and a day. */
function toldWaitMs(reply: PlatformReply, fault: GoogleFault | undefined): number | undefined {
  const delay = fault?.details.find(({ '@type': type }) => type.endsWith('google.rpc.RetryInfo'))?.retryDelay
  const fromDetail = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? '')?.[1]
  const ms = fromDetail === undefined ? retryAfterMs(reply.headers) : Number(fromDetail) * second
  return ms === undefined || Number.isNaN(ms) ? undefined : Math.min(Math.max(second, ms), 24 * hourMs)
}

function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  if (/^-?\d+$/.test(value)) return Number(value) * second
  return Date.parse(value) - Date.parse(headers['date'] ?? '')
}

const roleRemedy =
  "Add the account's e-mail as a user of the property: Viewer for reports, Editor or Marketer for audiences, exports, events and deletion."

function permissionRemedy(fault: GoogleFault | undefined): string {
  const info = fault?.details.find(({ reason }) => reason !== undefined)
  if (info?.reason === 'SERVICE_DISABLED')
    return `Enable the API ${(info.metadata?.['service'] ?? '').slice(0, 60)} in the Cloud project of the account.`
  if (info?.reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')
    return 'Authorise again with the scopes analytics.readonly and analytics.edit.'
  return roleRemedy
}

function describe(
  reply: PlatformReply,
  fault: GoogleFault | undefined,
  call: { readonly act: string; readonly remedy: string | undefined },
): ErrorParams {
  const reason = fault?.details.find((each) => each.reason !== undefined)?.reason
  const names = incompatibleNames(fault?.message ?? '')
  return {
    act: call.act,
    status: reply.status,
    ...(fault && { said: toSaid(fault.message) }),
    ...(reason !== undefined && /^[A-Z0-9_]{1,64}$/.test(reason) && { reason }),
    ...(names !== '' && { names }),
    ...(call.remedy !== undefined && { remedy: call.remedy }),
  }
}

/** "Please remove sessionMedium, itemName to make the request compatible." and "Field foo is not a valid dimension." */
function incompatibleNames(message: string): string {
  const listed = /\bremove (.{1,300}?) to make the request compatible/i.exec(message)?.[1]
  const field = /\bfield (\S{1,100}) is not a valid (?:dimension|metric)\b/i.exec(message)?.[1]
  const names = (listed ?? field ?? '').match(/[a-zA-Z]\w{1,60}(?::\w{1,60})?/g) ?? []
  return [...new Set(names)].filter((name) => name !== 'and' && name !== 'or').join(', ')
}

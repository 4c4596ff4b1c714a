import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError, type ErrorParams, type Wait } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { dataManagerTable, googleAdsTable, type ErrorRow } from './error-table.ts'
import { nextPacificMidnight } from './next-pacific-midnight.ts'
import { parseRpcStatus, type AdsError, type RpcStatus } from './rpc-status.ts'

/** What is waited where Google does not say: the minute quota's window (chapter 2.4). */
const defaultWaitMs = 60_000
/** Google Ads counts a sliding day, so some of it is free again in an hour. */
const slidingDayWaitMs = 3_600_000

/** Where an answer came from. `now` is epoch milliseconds; `act` a gerund phrase. */
export interface Occasion {
  readonly act: string
  readonly now: number
}

/** What an answer of Google means: undefined when it is no error. */
export function toGoogleError(reply: PlatformReply, occasion: Occasion): PlatformError | undefined {
  const isSuccess = reply.status >= 200 && reply.status < 300
  const status = parseRpcStatus(reply.body)
  if (status) {
    const [first] = status.errors
    return first ? fromGoogleAds(first, status, occasion) : fromStatus(status, reply, occasion)
  }
  return isSuccess ? undefined : fromHttp(reply, occasion)
}

/** For an answer that says "success" and cannot be read. */
export function unreadableAnswer(act: string, status: number): PlatformError {
  return new PlatformError('platform.unreadable_answer', { act, status })
}

/** The category and name of an error of the Google Ads API: "quota_error", "RESOURCE_EXHAUSTED". */
function adsCodeOf(error: AdsError): readonly [string, string] {
  const [category = '', name = ''] = Object.entries(error.error_code)[0] ?? []
  return [category, String(name)]
}

function fromGoogleAds(error: AdsError, status: RpcStatus, occasion: Occasion): PlatformError {
  const [category, name] = adsCodeOf(error)
  const row = googleAdsTable[`${category}.${name}`] ?? googleAdsTable[`${category}.*`]
  const code = row?.means ?? 'platform.invalid_request'
  const told = error.details?.quota_error_details?.retry_delay ?? status.retryDelayMs
  const params = paramsOf(status, { ...occasion, row, words: error.message })
  return new PlatformError(
    code,
    { ...params, google_code: `${category}.${name}`.slice(0, 80), ...placeOf(error) },
    waitOf(code, told, occasion.now + (told ?? slidingDayWaitMs)),
  )
}

/** Which operation of several it was. */
function placeOf(error: AdsError): ErrorParams {
  const operation = error.location?.field_path_elements.find(({ index }) => index !== undefined)
  return operation?.index === undefined ? {} : { operation: operation.index }
}

function fromStatus(status: RpcStatus, reply: PlatformReply, occasion: Occasion): PlatformError {
  const reason = status.reason || (status.violations[0]?.reason ?? '')
  const row =
    dataManagerTable[reason] ??
    status.violations.map((violation) => dataManagerTable[violation.reason]).find((found) => found)
  const code = codeOf(row, status, reply.status)
  const words = [status.message, ...status.violations.slice(0, 3).map((each) => each.description)].join(' ')
  const params = paramsOf(status, { ...occasion, row, words })
  return new PlatformError(
    code,
    { ...params, google_code: (reason || status.status).slice(0, 80) },
    waitOf(code, status.retryDelayMs ?? retryAfterMs(reply, occasion.now), nextPacificMidnight(occasion.now)),
  )
}

function codeOf(row: ErrorRow | undefined, status: RpcStatus, http: number): PlatformErrorCode {
  const code = row?.means ?? rpcCodes[status.status] ?? httpCode(http)
  if (code !== 'platform.rate_limited') return code
  return isDayQuota(status) ? 'platform.quota_exhausted' : code
}

/** Names of `google.rpc.Code` that need no reason to be understood. */
const rpcCodes: Readonly<Record<string, PlatformErrorCode>> = {
  UNAUTHENTICATED: 'platform.auth_expired',
  PERMISSION_DENIED: 'platform.permission_missing',
  NOT_FOUND: 'platform.not_found',
  RESOURCE_EXHAUSTED: 'platform.rate_limited',
  INTERNAL: 'platform.transient',
  UNAVAILABLE: 'platform.transient',
  DEADLINE_EXCEEDED: 'platform.transient',
  ABORTED: 'platform.transient',
}

/** A quota of the day is told by its name or unit: "RequestsPerDay", "1/d/{project}", "per day". */
function isDayQuota(status: RpcStatus): boolean {
  const words = [status.message, status.quota, ...Object.values(status.metadata)].join(' ')
  return /per[ _-]?day|1\/d\/|daily/i.test(words)
}

function waitOf(code: PlatformErrorCode, told: number | undefined, until: number): Wait {
  if (code === 'platform.rate_limited') return { retryAfterMs: told ?? defaultWaitMs }
  return code === 'platform.quota_exhausted' ? { until } : {}
}

function paramsOf(
  status: RpcStatus,
  about: Occasion & { readonly row: ErrorRow | undefined; readonly words: string },
): ErrorParams {
  return {
    act: about.act,
    said: toSaid(about.words),
    ...(about.row?.remedy !== undefined && { remedy: about.row.remedy }),
    ...(status.requestId !== undefined && { trace: status.requestId.slice(0, 40) }),
  }
}

const statusCodes: Readonly<Record<number, PlatformErrorCode>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  413: 'platform.request_too_large',
  429: 'platform.rate_limited',
}

const httpCode = (status: number): PlatformErrorCode =>
  statusCodes[status] ?? (status >= 500 ? 'platform.transient' : 'platform.invalid_request')

/** An answer without Google's error object: a proxy's page, a cut body, a plain status. */
function fromHttp(reply: PlatformReply, { act, now }: Occasion): PlatformError {
  const { status } = reply
  const isPage = typeof reply.body === 'string'
  // Trap 5: a version that has ended, or a wrong address, is answered with a page and 404.
  if (status === 404 && isPage) {
    const remedy =
      'Check the addresses of the connection; a version of the API may have ended: update Affluent.'
    return new PlatformError('platform.invalid_request', { act, status, remedy })
  }
  const isStrange = status < 400 || (isPage && httpCode(status) === 'platform.invalid_request')
  const code = isStrange ? 'platform.unreadable_answer' : httpCode(status)
  return new PlatformError(code, { act, status }, waitOf(code, retryAfterMs(reply, now), now))
}

/** Retry-After in seconds or as a date; nonsense counts as absent. */
function retryAfterMs(reply: PlatformReply, now: number): number | undefined {
  const written = reply.headers['retry-after']
  if (written === undefined) return undefined
  const waitMs = /^\d{1,9}$/.test(written.trim()) ? Number(written) * 1000 : Date.parse(written) - now
  return waitMs > 0 ? waitMs : undefined
}

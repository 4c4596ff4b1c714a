import { z } from 'zod'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError, type Wait } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { businessToolsTerms, metaErrorTable, type MetaErrorRow } from './error-table.ts'
import { readRegainMs, readScoreResetMs } from './usage-headers.ts'

const errorBody = z.object({
  error: z.object({
    code: z.number(),
    error_subcode: z.number().optional(),
    message: z.string().default(''),
    is_transient: z.boolean().default(false),
    fbtrace_id: z.string().optional(),
  }),
})
type MetaAnswer = z.output<typeof errorBody>['error']

/** Where a person accepts the Custom Audience terms for an ad account ("act_123"). */
export function termsLink(adAccountId: string): string {
  return `https://business.facebook.com/ads/manage/customaudiences/tos/?act=${adAccountId.replace('act_', '')}`
}

/** Where a person accepts the terms of value-based audiences and of the Business Tools, which stand on one page. */
export function valueTermsLink(adAccountId: string): string {
  return `https://business.facebook.com/customaudiences/value_based/tos.php?act=${adAccountId.replace('act_', '')}`
}

/** What an answer means: undefined when it is no error. `act` is a gerund phrase; the ad account is needed for the terms' link. */
export function toMetaError(
  reply: PlatformReply,
  act: string,
  adAccountId: string,
): PlatformError | undefined {
  const parsed = errorBody.safeParse(reply.body)
  if (parsed.success) return fromMeta(parsed.data.error, reply, { act, adAccountId })
  if (reply.status >= 200 && reply.status < 300) return undefined
  return fromStatus(reply, act)
}

/** For an answer that says "success" and cannot be read. */
export function unreadableAnswer(act: string, status: number): PlatformError {
  return new PlatformError('platform.unreadable_answer', { act, status })
}

function fromMeta(
  error: MetaAnswer,
  reply: PlatformReply,
  where: { act: string; adAccountId: string },
): PlatformError {
  const row = metaErrorTable.find((candidate) => fits(candidate, error))
  const code = decide(error, row, reply.status)
  const params = {
    act: where.act,
    said: toSaid(error.message),
    meta_code: error.code,
    ...(error.error_subcode !== undefined && { meta_subcode: error.error_subcode }),
    ...(error.fbtrace_id !== undefined && { trace: error.fbtrace_id.slice(0, 40) }),
    ...(row?.remedy !== undefined && { remedy: row.remedy }),
    ...(code === 'platform.terms_not_accepted' && { link: linkOf(error, where.adAccountId) }),
  }
  return new PlatformError(code, params, code === 'platform.rate_limited' ? waitOf(error, row, reply) : {})
}

const linkOf = (error: MetaAnswer, adAccountId: string): string =>
  error.error_subcode === businessToolsTerms ? valueTermsLink(adAccountId) : termsLink(adAccountId)

function fits(row: MetaErrorRow, error: MetaAnswer): boolean {
  if (row.subcode !== undefined && row.subcode !== error.error_subcode) return false
  if (row.code === undefined) return true
  const [from, to] = typeof row.code === 'number' ? [row.code, row.code] : row.code
  return error.code >= from && error.code <= to
}

/** Codes that stay what they are even when Meta calls the fault transient: waiting or a person helps, repeating at once does not. */
const stronger: readonly PlatformErrorCode[] = [
  'platform.rate_limited',
  'platform.auth_expired',
  'platform.terms_not_accepted',
  'platform.request_too_large',
  'platform.session_lost',
]

function decide(error: MetaAnswer, row: MetaErrorRow | undefined, status: number): PlatformErrorCode {
  // Not cured by retry (facebook-python-business-sdk#594): only a smaller request is answered.
  if (error.code === 1 && /reduce the amount of data/i.test(error.message))
    return 'platform.request_too_large'
  if (row && stronger.includes(row.means)) return row.means
  if (error.is_transient) return 'platform.transient'
  return row?.means ?? (status >= 500 ? 'platform.transient' : 'platform.invalid_request')
}

function waitOf(error: MetaAnswer, row: MetaErrorRow | undefined, reply: PlatformReply): Wait {
  const told =
    error.code >= 80_000
      ? readRegainMs(reply.headers)
      : error.code === 17
        ? readScoreResetMs(reply.headers)
        : undefined
  const retryAfterMs = told ?? row?.waitMs
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

const statusCodes: Readonly<Record<number, PlatformErrorCode>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  413: 'platform.request_too_large',
  414: 'platform.request_too_large',
  429: 'platform.rate_limited',
  431: 'platform.request_too_large',
}

/** An answer without Meta's error object: a proxy's page, a cut body, a plain status. */
function fromStatus(reply: PlatformReply, act: string): PlatformError {
  const { status } = reply
  const isJson = typeof reply.body === 'object' && reply.body !== null
  const other = isJson && status >= 400 ? 'platform.invalid_request' : 'platform.unreadable_answer'
  const code = statusCodes[status] ?? (status >= 500 ? 'platform.transient' : other)
  if (code !== 'platform.rate_limited') return new PlatformError(code, { act, status })
  const seconds = Number(reply.headers['retry-after'] ?? Number.NaN)
  return new PlatformError(code, { act, status }, { retryAfterMs: seconds > 0 ? seconds * 1000 : 300_000 })
}

import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

/** What a receiver's status means. 410 is how Standard Webhooks lets a receiver end a subscription. */
const codeOfStatus: Readonly<Record<number, PlatformErrorCode>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  410: 'platform.audience_unusable',
  413: 'platform.request_too_large',
  425: 'platform.transient',
  429: 'platform.rate_limited',
}

/** Statuses by which a receiver refuses one message for what is in it. */
export const refusedMessage: readonly number[] = [400, 409, 422]

/** Reads an answer: undefined when the receiver took the message. A redirect is no delivery: the address must be the final one. */
export function toPlatformError(reply: PlatformReply, act: string): PlatformError | undefined {
  const { status, headers, body } = reply
  if (status >= 200 && status < 300) return undefined
  const params = { act, status, said: toSaid(typeof body === 'string' ? '' : wordsOf(body)) }
  const seconds = Number(headers['retry-after'])
  const code = codeOfStatus[status] ?? (status >= 500 ? 'platform.transient' : 'platform.invalid_request')
  const isTimed = code === 'platform.rate_limited' || code === 'platform.transient'
  return new PlatformError(code, params, isTimed && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {})
}

/** The receiver's own words. */
export function wordsOf(body: unknown): string {
  const hasMessage = typeof body === 'object' && body !== null && 'message' in body
  return hasMessage ? String(body.message) : ''
}

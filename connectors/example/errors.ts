import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

/**
 * Platform status → what the engine does now. This is the place where a platform's dialect ends: whatever it calls its errors, they
 * leave the connector as one of the shared codes. Real platforms also need their own error codes here, not only the status.
 */
const codeOfStatus: Readonly<Record<number, PlatformErrorCode>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  413: 'platform.request_too_large',
  429: 'platform.rate_limited',
}

/** Reads an answer: undefined when it is a success, otherwise the error it means. */
export function toPlatformError(reply: PlatformReply, act: string): PlatformError | undefined {
  if (reply.status < 400) return undefined
  const params = { act, status: reply.status, said: toSaid(wordsOf(reply.body)) }
  const seconds = Number(reply.headers['retry-after'])
  const code =
    codeOfStatus[reply.status] ?? (reply.status >= 500 ? 'platform.transient' : 'platform.invalid_request')
  return new PlatformError(code, params, seconds > 0 ? { retryAfterMs: seconds * 1000 } : {})
}

function wordsOf(body: unknown): string {
  const hasMessage = typeof body === 'object' && body !== null && 'message' in body
  return hasMessage ? String(body.message) : ''
}

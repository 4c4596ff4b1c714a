import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { PlatformCall, PlatformReply } from '../../../core/port/platform-caller.ts'
import { readRetryAfterMs } from '../read-retry-after.ts'
import { RefusedTarget } from '../refused-target.ts'
import type { SendCall } from './call-layer.ts'

/** Lets the connector send a call and say what the answer means. What is thrown on the way becomes an error of the platform's. */
export function createSendOnce(clock: Clock): SendCall {
  return async ({ call, signal }) => {
    try {
      const reply = await call.send(signal)
      const error = call.classify(reply)
      const { status } = reply
      return error ? { status, error: withRetryAfter(error, reply, clock.now()) } : { status, reply }
    } catch (thrown) {
      return { status: 0, error: toPlatformError(thrown, call) }
    }
  }
}

/** No platform is asked sooner than its Retry-After says, whether its connector reads that header or not. */
function withRetryAfter(error: PlatformError, { headers }: PlatformReply, now: number): PlatformError {
  const told = readRetryAfterMs(headers, now)
  const { retryAfterMs = 0 } = error.wait
  if (error.rule.reaction !== 'wait' || told === undefined || told <= retryAfterMs) return error
  return new PlatformError(error.code, error.params, { retryAfterMs: told, cause: error })
}

function toPlatformError(thrown: unknown, { act }: PlatformCall): PlatformError {
  if (thrown instanceof PlatformError) return thrown
  if (thrown instanceof AffluentError) throw thrown
  const cause = causeOf(thrown)
  if (cause instanceof RefusedTarget) {
    const { host, reason } = cause
    return new PlatformError('platform.address_refused', { act, host, reason }, { cause: thrown })
  }
  const said = networkFault(cause)
  const code = said === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'platform.answer_too_large' : 'platform.transient'
  return new PlatformError(code, { act, said }, { cause: thrown })
}

/** undici wraps the reason: fetch says "fetch failed" or "terminated", the cause says why. */
const causeOf = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown

function networkFault(cause: unknown): string {
  if (!(cause instanceof Error)) return 'network fault'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

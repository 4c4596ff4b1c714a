import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { defaultTimeoutMs, type CallAnswer, type CallLayer } from './call-layer.ts'

/**
 * Gives a request up after its time. SDKs without a signal cannot be cancelled: the race gives the call up, and its late answer is ignored.
 * Throws the reason of the signal when it is the hub that stops.
 */
export const limitTime: CallLayer = (next) => {
  return async (request) => {
    const { call, signal: stop } = request
    stop.throwIfAborted()
    const timeoutMs = call.timeoutMs ?? defaultTimeoutMs
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([stop, timeout])
    const timedOut = (cause?: unknown): CallAnswer => ({
      status: 0,
      error: new PlatformError('platform.timed_out', { act: call.act, seconds: timeoutMs / 1000 }, { cause }),
    })
    const givenUp = Promise.withResolvers<CallAnswer>()
    const giveUp = (): void => givenUp.resolve(timedOut())
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const answer = await Promise.race([next({ ...request, signal }), givenUp.promise])
      stop.throwIfAborted()
      // A request that was cancelled in time says only that it was cancelled.
      const isCancelled = timeout.aborted && answer.error?.code === 'platform.transient'
      return isCancelled ? timedOut(answer.error) : answer
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}

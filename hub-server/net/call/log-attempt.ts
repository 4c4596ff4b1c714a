import type { CallLayer } from './call-layer.ts'

/** One line for each request: what it was for, never what it held. */
export const logAttempt: CallLayer = (next, { connection, logger, clock }) => {
  return async (request) => {
    const startedAt = clock.now()
    const answer = await next(request)
    logger.debug('platform_called', {
      connection,
      act: request.call.act,
      status: answer.status,
      duration_ms: clock.now() - startedAt,
      ...(answer.error && { code: answer.error.code }),
    })
    return answer
  }
}

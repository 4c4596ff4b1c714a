import type { CallLayer } from './call-layer.ts'

/** One span around a call with all its attempts. */
export const traceCall: CallLayer = (next, { connection, telemetry }) => {
  return (request) => {
    const { act, budget } = request.call
    return telemetry.trace('platform call', { connection, act, budget }, () => next(request))
  }
}

/** One span around each request; it is marked with the code of what the answer meant. */
export const traceAttempt: CallLayer = (next, { connection, telemetry }) => {
  return (request) =>
    telemetry.trace('platform request', { connection, attempt: request.attempt }, async (span) => {
      const answer = await next(request)
      span.note({ status: answer.status })
      if (answer.error) span.fail(answer.error.code)
      return answer
    })
}

import type { CallLayer } from './call-layer.ts'

const msPerSecond = 1000

/** Counts and times each request that was sent. */
export const countAttempt: CallLayer = (next, { connector, telemetry, clock, onCall }) => {
  return async (request) => {
    const startedAt = clock.now()
    onCall?.(request.call)
    const answer = await next(request)
    const outcome = answer.error?.code ?? 'ok'
    telemetry.count('platform_requests', { connector, status_class: toClass(answer.status), outcome })
    telemetry.observe('platform_request', { connector }, (clock.now() - startedAt) / msPerSecond)
    return answer
  }
}

/** "2xx"; "none" where no answer came. */
const toClass = (status: number): string =>
  status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'none'

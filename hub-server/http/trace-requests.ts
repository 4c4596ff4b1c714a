import type { Handler, Request, Response } from 'express'
import type { Telemetry } from '../../core/port/telemetry.ts'

/**
 * Gives each request a span, which continues the caller's trace, and counts it. Routes are told by their pattern: an address can name a person. What
 * a handler does, it does inside of the span.
 */
export function traceRequests(telemetry: Telemetry): Handler {
  return (request, response, next) => {
    const startedAt = process.hrtime.bigint()
    const fields = { request: String(response.locals['requestId']), method: request.method }
    const work = (): Promise<void> =>
      telemetry.trace('http request', fields, async (span) => {
        const closed = new Promise<void>((resolve) => response.once('close', resolve))
        next()
        await closed
        const route = routeOf(request)
        const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
        span.note({ route, status: response.statusCode })
        if (response.statusCode >= 500) span.fail(`http.${response.statusCode}`)
        telemetry.count('http_requests', { method: request.method, route, status_class: classOf(response) })
        telemetry.observe('http_request', { route }, seconds)
      })
    void telemetry.continue(request.get('traceparent'), work)
  }
}

const classOf = ({ statusCode, writableFinished }: Response): string =>
  writableFinished ? `${Math.floor(statusCode / 100)}xx` : 'cut'

function routeOf(request: Request): string {
  const { route }: { readonly route?: { readonly path?: unknown } } = request
  return typeof route?.path === 'string' ? route.path : 'unknown'
}

import type { Dispatcher } from 'undici'
import type { Telemetry } from '../../core/port/telemetry.ts'

/** What the layers of the wire are told by. */
interface WireContext {
  readonly telemetry: Telemetry
}

/** Wraps every request that leaves by `fetch`, whoever makes it. */
type WireLayer = (context: WireContext) => Dispatcher.DispatcherComposeInterceptor

/** A request carries the trace on, so that a platform's support can find it. */
const carryTrace: WireLayer =
  ({ telemetry }) =>
  (next) =>
  (options, handler) => {
    const carried = Object.entries(telemetry.outgoingHeaders())
    if (carried.length === 0) return next(options, handler)
    return next(
      { ...options, headers: Object.fromEntries([...toPairs(options.headers), ...carried]) },
      handler,
    )
  }

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Nothing is redirected: an answer that leads elsewhere loses the address it leads to, and the connector sees its status. No platform that
 * we speak to redirects its API, and an Authorization header, a token in the address or a body must not reach a host that only an
 * answer has named.
 */
const endRedirects: WireLayer = () => (next) => (options, handler) =>
  next(options, {
    onRequestStart: (controller, context: unknown) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (controller, status, headers, socket) =>
      handler.onRequestUpgrade?.(controller, status, headers, socket),
    onResponseStart(controller, status, headers, message) {
      const { location: _elsewhere, ...others } = headers
      handler.onResponseStart?.(controller, status, redirects.has(status) ? others : headers, message)
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  })

/**
 * The layers of the wire, outermost first: the one place that says their order. Inside of the last one stands the agent itself, with the
 * time limits, the limit of an answer's size, and the connector that judges where a connection may go.
 */
export const wireLayers: readonly WireLayer[] = [carryTrace, endRedirects]

/** Headers come as an object, as pairs, or as a flat list. */
function toPairs(headers: Dispatcher.DispatchOptions['headers']): [string, string | string[]][] {
  if (!headers) return []
  const entries: [string, string | string[] | undefined][] = Array.isArray(headers)
    ? headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
    : Symbol.iterator in headers
      ? [...headers]
      : Object.entries(headers)
  return entries.flatMap(([name, value]): [string, string | string[]][] =>
    value === undefined ? [] : [[name, value]],
  )
}

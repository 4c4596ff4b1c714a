import { AsyncLocalStorage } from 'node:async_hooks'
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type SpanContext,
} from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Span, Telemetry, TelemetryFields } from '../../core/port/telemetry.ts'
import { withLogFields } from './log-context.ts'
import { isLoggedField } from './logger.ts'

export interface TracerOptions {
  readonly service: string
  readonly version: string
  /** Where spans go; undefined: nowhere, and only ids are made, for the log. */
  readonly exporter: SpanExporter | undefined
  /** Share of the traces that are exported, 0 to 1. Spans that failed are exported whatever it is. Default 1. */
  readonly share?: number
  /** Each span on its own, at once: for tests. Default false. */
  readonly atOnce?: boolean
}

export interface Tracer extends Pick<Telemetry, 'trace' | 'continue' | 'carried' | 'outgoingHeaders'> {
  /** Sends what is left. */
  close(): Promise<void>
}

/**
 * Traces by OpenTelemetry, with a context of its own instead of the process's global one, so that several hubs live in one process. What a span
 * carries is held to the same allow-list as the log.
 */
export function createTracer(options: TracerOptions): Tracer {
  const provider = createProvider(options)
  const tracer = provider.getTracer('affluent', options.version)
  const storage = new AsyncLocalStorage<Context>()
  const carried = (): string | undefined => {
    const context = trace.getSpanContext(storage.getStore() ?? ROOT_CONTEXT)
    return (
      context && `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`
    )
  }
  return {
    trace(name, fields, work) {
      const around = storage.getStore() ?? ROOT_CONTEXT
      const span = tracer.startSpan(name, { attributes: toAttributes(fields) }, around)
      const facade: Span = {
        note: (more) => void span.setAttributes(toAttributes(more)),
        fail: (code) => void span.setStatus({ code: SpanStatusCode.ERROR, message: code }),
      }
      const run = async (): ReturnType<typeof work> => {
        try {
          return await work(facade)
        } catch (thrown) {
          facade.fail(thrown instanceof AffluentError ? thrown.code : 'internal.unexpected')
          throw thrown
        } finally {
          span.end()
        }
      }
      const ids = { ...fields, trace: span.spanContext().traceId }
      return storage.run(trace.setSpan(around, span), () => withLogFields(ids, run))
    },
    continue(told, work) {
      const parent = told === undefined ? undefined : parseCarried(told)
      return storage.run(parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT, work)
    },
    carried,
    outgoingHeaders() {
      const traceparent = options.exporter && carried()
      return traceparent === undefined ? {} : { traceparent }
    },
    close: () => provider.shutdown(),
  }
}

function createProvider({
  service,
  version,
  exporter,
  share = 1,
  atOnce = false,
}: TracerOptions): TracerProvider {
  const resource = resourceFromAttributes({ 'service.name': service, 'service.version': version })
  if (!exporter) return new TracerProvider({ resource, sampler: new AlwaysOnSampler() })
  const root = share >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(share)
  // Recorded whatever the share, so that a span that fails is there to be exported.
  const sampler = createAlwaysRecordSampler(new ParentBasedSampler({ root }))
  const processor = atOnce ? new SimpleSpanProcessor({ exporter }) : new BatchSpanProcessor({ exporter })
  return new TracerProvider({ resource, sampler, spanProcessors: [keepErrors(processor)] })
}

/** Hands failed spans on as if they had been sampled: processors drop the others by that flag. */
function keepErrors(next: SpanProcessor): SpanProcessor {
  return {
    onStart: (span, context) => next.onStart(span, context),
    onEnd: (span) => next.onEnd(span.status.code === SpanStatusCode.ERROR ? asSampled(span) : span),
    forceFlush: () => next.forceFlush(),
    shutdown: () => next.shutdown(),
  }
}

function asSampled(span: ReadableSpan): ReadableSpan {
  const spanContext = { ...span.spanContext(), traceFlags: TraceFlags.SAMPLED }
  return new Proxy(span, {
    get: (target, name) => (name === 'spanContext' ? () => spanContext : Reflect.get(target, name)),
  })
}

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00. */
function parseCarried(told: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(told) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}

function toAttributes(fields: TelemetryFields): Attributes {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined || !isLoggedField(name) ? [] : [[`affluent.${name}`, value]],
    ),
  )
}

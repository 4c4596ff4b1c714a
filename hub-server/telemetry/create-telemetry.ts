import type { Telemetry } from '../../core/port/telemetry.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { createMetrics } from './create-metrics.ts'
import { createTracer } from './create-tracer.ts'
import type { GaugeReading } from './metric-definitions.ts'
import type { TracingConfig } from './tracing-config.ts'

/** What the hub tells those who operate it, and what it is asked with. */
export interface HubTelemetry extends Telemetry {
  /** What Prometheus reads. */
  readonly metrics: {
    readonly contentType: string
    text(readGauges: () => Promise<readonly GaugeReading[]>): Promise<string>
  }
  close(): Promise<void>
}

/** Metrics always, traces where a collector is named. */
export async function createTelemetry(tracing: TracingConfig | undefined): Promise<HubTelemetry> {
  const { version } = packageJson
  const metrics = createMetrics(version)
  const tracer = createTracer({
    service: tracing?.service ?? 'affluent',
    version,
    exporter: tracing && (await openExporter(tracing)),
    ...(tracing && { share: tracing.share }),
  })
  return {
    ...tracer,
    count: metrics.count,
    observe: metrics.observe,
    metrics,
    async close() {
      // A collector that is gone must not keep the hub from ending.
      await tracer.close().catch(() => undefined)
      metrics.close()
    },
  }
}

/** Loaded only where it is used: most hubs export nothing. */
async function openExporter({ url, headers }: TracingConfig) {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: 10_000 })
}

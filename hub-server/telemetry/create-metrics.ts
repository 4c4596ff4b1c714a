import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CounterName, DurationName, TelemetryFields } from '../../core/port/telemetry.ts'
import {
  counterDefinitions,
  durationDefinitions,
  gaugeDefinitions,
  type GaugeReading,
  type MetricDefinition,
} from './metric-definitions.ts'

/** Values one label may take before all further ones become "other": a series costs memory here and in Prometheus. */
const mostValues = 200

const plainValue = /^[\w.:/*-]{1,80}$/

export interface Metrics {
  readonly count: (name: CounterName, labels: TelemetryFields, by?: number) => void
  readonly observe: (name: DurationName, labels: TelemetryFields, seconds: number) => void
  /** The text that Prometheus reads (version 0.0.4). */
  text(readGauges: () => Promise<readonly GaugeReading[]>): Promise<string>
  readonly contentType: string
  /** Drops everything: the process metrics hold timers. */
  close(): void
}

/** A registry of its own for each hub, so that several live in one process without mixing. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'affluent_' })
  const bound = createBounds()
  const counters = mapNames(counterDefinitions, toCounter(registry))
  const durations = mapNames(durationDefinitions, toHistogram(registry))
  const gauges = mapNames(gaugeDefinitions, toGauge(registry))
  new Gauge({
    name: 'affluent_build_info',
    help: 'Version of the hub.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(bound(counterDefinitions[name], labels), by),
    observe: (name, labels, seconds) =>
      durations.get(name)?.observe(bound(durationDefinitions[name], labels), seconds),
    async text(readGauges) {
      for (const gauge of gauges.values()) gauge.reset()
      for (const { name, value, labels = {} } of await readGauges())
        gauges.get(name)?.set(bound(gaugeDefinitions[name], labels), value)
      return registry.metrics()
    },
    contentType: registry.contentType,
    close: () => registry.clear(),
  }
}

function mapNames<Definition, Metric>(
  definitions: Readonly<Record<string, Definition>>,
  make: (definition: Definition) => Metric,
): ReadonlyMap<string, Metric> {
  return new Map(Object.entries(definitions).map(([name, definition]) => [name, make(definition)]))
}

const toCounter =
  (registry: Registry) =>
  ({ name, help, labels }: MetricDefinition): Counter =>
    new Counter({ name, help, labelNames: [...labels], registers: [registry] })

const toHistogram =
  (registry: Registry) =>
  ({ name, help, labels, buckets }: MetricDefinition & { readonly buckets: readonly number[] }): Histogram =>
    new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] })

const toGauge =
  (registry: Registry) =>
  ({ name, help, labels }: MetricDefinition): Gauge =>
    new Gauge({ name, help, labelNames: [...labels], registers: [registry] })

/** Keeps labels to those that are declared, plain, and few. */
function createBounds(): (definition: MetricDefinition, labels: TelemetryFields) => Record<string, string> {
  const seen = new Map<string, Set<string>>()
  const boundValue = (place: string, value: string): string => {
    if (!plainValue.test(value)) return 'other'
    const values = seen.get(place) ?? new Set()
    seen.set(place, values)
    if (values.size >= mostValues && !values.has(value)) return 'other'
    values.add(value)
    return value
  }
  return ({ name, labels: declared }, given) =>
    Object.fromEntries(
      declared.map((label) => [label, boundValue(`${name}/${label}`, String(given[label] ?? 'unknown'))]),
    )
}

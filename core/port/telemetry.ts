/** What a span or a metric may carry: identifiers of our own objects, counts and codes. Never a secret, never a person. */
export type TelemetryFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Counters that only rise. The labels each takes, and their bounds, are in `hub-server/telemetry/metric-definitions.ts`. */
export type CounterName =
  | 'runs'
  | 'members'
  | 'platform_requests'
  | 'token_refreshes'
  | 'http_requests'
  | 'ingest_calls'
  | 'webhooks'

/** Durations, in seconds. */
export type DurationName = 'platform_request' | 'platform_wait' | 'http_request' | 'store' | 'cycle'

/** A piece of work as a trace shows it. */
export interface Span {
  /** Says more of it: sizes and codes, never contents. */
  note(fields: TelemetryFields): void
  /** Marks it as failed with a code of the error table. Work that throws is marked without being asked. */
  fail(code: string): void
}

/**
 * What the hub tells of its own work to those who operate it: one port for traces and metrics. `run`, `batch`, `sync`, `connection` and
 * `request` among the fields of a span also stand in each log line that is written inside of it.
 */
export interface Telemetry {
  /** Runs work inside of a span, which lies in the one around it. */
  trace<Result>(name: string, fields: TelemetryFields, work: (span: Span) => Promise<Result>): Promise<Result>
  /** Runs work as the continuation of what `carried` told somewhere else, earlier. What is no W3C `traceparent` begins anew. */
  continue<Result>(carried: string | undefined, work: () => Promise<Result>): Promise<Result>
  /** The span around, as a W3C `traceparent`, to be kept beside what is worked on later. Undefined outside of any. */
  carried(): string | undefined
  /** Headers that carry the trace on in a request to a platform. Empty while traces are not exported: nobody would read them. */
  outgoingHeaders(): Readonly<Record<string, string>>
  count(name: CounterName, labels: TelemetryFields, by?: number): void
  observe(name: DurationName, labels: TelemetryFields, seconds: number): void
}

/** Tells nobody anything. */
export const silentTelemetry: Telemetry = {
  trace: (_name, _fields, work) => work({ note: () => undefined, fail: () => undefined }),
  continue: (_carried, work) => work(),
  carried: () => undefined,
  outgoingHeaders: () => ({}),
  count: () => undefined,
  observe: () => undefined,
}

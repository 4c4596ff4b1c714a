import type { CounterName, DurationName } from '../../core/port/telemetry.ts'

/** One metric as Prometheus knows it. Labels name kinds, states and codes; no label carries a person, an address or a list. */
export interface MetricDefinition {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

/** Names are those of https://prometheus.io/docs/practices/naming: one prefix, base units, "_total" for what only rises. */
export const counterDefinitions: Readonly<Record<CounterName, MetricDefinition>> = {
  runs: {
    name: 'affluent_runs_total',
    help: 'Runs that ended, by how.',
    labels: ['connector', 'kind', 'state'],
  },
  members: {
    name: 'affluent_members_total',
    help: 'Members of deliveries: planned, confirmed, rejected, suppressed (withheld), pending, ambiguous.',
    labels: ['connector', 'outcome'],
  },
  platform_requests: {
    name: 'affluent_platform_requests_total',
    help: 'Requests to platforms, by class of the status and what it meant.',
    labels: ['connector', 'status_class', 'outcome'],
  },
  token_refreshes: {
    name: 'affluent_token_refreshes_total',
    help: 'Renewals of access to platforms, by result.',
    labels: ['connector', 'result'],
  },
  http_requests: {
    name: 'affluent_http_requests_total',
    help: 'Requests to the hub, by route and class of the status.',
    labels: ['method', 'route', 'status_class'],
  },
  ingest_calls: {
    name: 'affluent_ingest_calls_total',
    help: 'Calls of clients that send events: accepted, or the code they were refused with.',
    labels: ['result'],
  },
  webhooks: {
    name: 'affluent_webhooks_total',
    help: 'Messages that platforms pushed: accepted, or the code they were refused with.',
    labels: ['connector', 'result'],
  },
}

export interface DurationDefinition extends MetricDefinition {
  /** Upper bounds, in seconds. */
  readonly buckets: readonly number[]
}

const answers = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60]

export const durationDefinitions: Readonly<Record<DurationName, DurationDefinition>> = {
  platform_request: {
    name: 'affluent_platform_request_duration_seconds',
    help: 'How long platforms took to answer.',
    labels: ['connector'],
    buckets: answers,
  },
  platform_wait: {
    name: 'affluent_platform_wait_seconds',
    help: 'Waits that platforms imposed.',
    labels: ['connector'],
    buckets: [0.1, 1, 5, 15, 60, 300, 1800],
  },
  http_request: {
    name: 'affluent_http_request_duration_seconds',
    help: 'How long the hub took to answer.',
    labels: ['route'],
    buckets: answers,
  },
  store: {
    name: 'affluent_store_duration_seconds',
    help: 'How long a small write to a store took, flush included.',
    labels: ['store'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10],
  },
  cycle: {
    name: 'affluent_cycle_duration_seconds',
    help: 'How long cycles took.',
    labels: ['result'],
    buckets: [1, 10, 60, 300, 1800, 7200, 28_800],
  },
}

/** What is read when somebody asks, from the stores and the guards. */
export const gaugeDefinitions = {
  syncs: {
    name: 'affluent_syncs',
    help: 'Syncs in force, by the state of their last run.',
    labels: ['connector', 'state'],
  },
  syncs_overdue: {
    name: 'affluent_syncs_overdue',
    help: 'Syncs without a success for twice their schedule, or whose run never began.',
    labels: [],
  },
  oldest_pending: {
    name: 'affluent_oldest_pending_age_seconds',
    help: 'Age of the oldest run that left members pending. 0: there is none.',
    labels: [],
  },
  ambiguous_batches: {
    name: 'affluent_ambiguous_batches',
    help: 'Batches that were sent and whose answer is not known.',
    labels: [],
  },
  connections: {
    name: 'affluent_connections',
    help: 'Connections, by health.',
    labels: ['connector', 'state'],
  },
  quota_left: {
    name: 'affluent_platform_quota_left_ratio',
    help: 'Share of a platform’s quota that is left, by the last answer that told it; of several accounts the least.',
    labels: ['connector', 'kind'],
  },
  inbox_waiting: {
    name: 'affluent_inbox_signals_waiting',
    help: 'Signals of platforms that wait to be followed.',
    labels: [],
  },
  inbox_age: {
    name: 'affluent_inbox_oldest_age_seconds',
    help: 'Age of the oldest signal that waits. 0: there is none.',
    labels: [],
  },
  spool_bytes: {
    name: 'affluent_ingest_queue_bytes',
    help: 'Calls of clients that wait for the warehouse.',
    labels: [],
  },
  spool_age: {
    name: 'affluent_ingest_queue_oldest_age_seconds',
    help: 'Age of the oldest call that waits. 0: there is none.',
    labels: [],
  },
  ingest_events: {
    name: 'affluent_ingest_events',
    help: 'Events of clients since the spool was made: stored, repeated, differing, quarantined, declined.',
    labels: ['fate'],
  },
  ingest_refusing: {
    name: 'affluent_ingest_refusing',
    help: '1 while events are refused.',
    labels: [],
  },
  syncs_paused: {
    name: 'affluent_syncs_paused',
    help: '1 while cycles are held up for want of disk.',
    labels: [],
  },
  disk_free: {
    name: 'affluent_disk_free_bytes',
    help: 'Room left where the data folder lies.',
    labels: [],
  },
  disk_reserve: {
    name: 'affluent_disk_reserve_bytes',
    help: 'Room below which cycles pause.',
    labels: [],
  },
  audit_checkpoint_age: {
    name: 'affluent_audit_checkpoint_age_seconds',
    help: 'Age of the last note of the end of the audit chain.',
    labels: [],
  },
  audit_entries: {
    name: 'affluent_audit_entries',
    help: 'Entries of the audit log.',
    labels: [],
  },
  lock_held: {
    name: 'affluent_lock_held_seconds',
    help: 'How long this process has held the data folder.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>
type GaugeName = keyof typeof gaugeDefinitions

/** One value of a gauge. */
export interface GaugeReading {
  readonly name: GaugeName
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

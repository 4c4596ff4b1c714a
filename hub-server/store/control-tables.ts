import type { Generated } from 'kysely'
import type { ChangeSignal } from '../../core/connector/signal.ts'
import type { Erasure, ErasureTarget } from '../../core/person-request/erasure.ts'
import type { ManifestChange } from '../../core/port/control-store.ts'
import type { SignalState } from '../../core/port/inbox.ts'
import type { Batch } from '../../core/sync/batch.ts'
import type { Run } from '../../core/sync/run.ts'

/** Every revision of every manifest. In force is the highest revision of a (kind, name), unless it is a deletion. */
interface ManifestRevisionRow {
  kind: ManifestChange['kind']
  name: string
  revision: number
  operation: ManifestChange['operation']
  digest: string
  /** JSON; null for a deletion. */
  document: string | null
  applied_at: number
  actor: string
}

/** Instants are epoch milliseconds; `counters` and `error` are JSON. */
export interface RunRow {
  id: string
  sync: string
  kind: Run['kind']
  state: Run['state']
  started_at: number
  finished_at: number | null
  as_of: number
  counters: string
  plan_digest: string | null
  approved_by: string | null
  error: string | null
}

interface BatchRow {
  run_id: string
  position: number
  operation: Batch['operation']
  size: number
  digest: string
  state: Batch['state']
  attempts: number
}

interface CheckpointRow {
  sync: string
  /** JSON. */
  cursor: string
  written_at: number
}

interface AudienceRow {
  sync: string
  external_id: string
  name: string
  url: string | null
  written_at: number
}

interface SettingRow {
  name: string
  value: string
}

interface PlatformGrantRow {
  connection: string
  /** Null while the first grant is being obtained. */
  sealed: string | null
  revision: number
  lease_holder: string | null
  lease_until: number
  written_at: number
}

interface InboxRow {
  /** Rises in the order of arrival. */
  number: Generated<number>
  /** Digest of the connection and the signal's id. */
  code: string
  connection: string
  kind: ChangeSignal['kind']
  /** JSON of the signal. */
  content: string
  state: SignalState
  /** How often it was told. */
  told: number
  /** How often with another content than the first time. */
  differing: number
  received_at: number
  settled_at: number | null
}

/** Instants are epoch milliseconds; `counts` is JSON. */
export interface ErasureRow {
  id: string
  state: Erasure['state']
  actor: string
  requested_at: number
  erased_here_at: number | null
  finished_at: number | null
  profile_id: string | null
  signal: number | null
  counts: string
}

export interface ErasureTargetRow {
  erasure: string
  connection: string
  status: ErasureTarget['status']
  sealed: string | null
  attempts: number
  next_at: number
  again: number
  code: string | null
  message: string | null
  told_at: number | null
}

interface WriteKeyRow {
  digest: string
  id: string
  source: string
  created_at: number
  created_by: string
  revoked_at: number | null
}

/** Append-only: triggers refuse updates and deletions. */
export interface AuditRow {
  number: number
  at: number
  actor: string
  action: string
  object: string
  /** JSON. */
  details: string
  previous_hash: string
  hash: string
}

/** The control store as the newest migration leaves it. */
export interface ControlTables {
  manifest_revision: ManifestRevisionRow
  run: RunRow
  batch: BatchRow
  checkpoint: CheckpointRow
  audience: AudienceRow
  setting: SettingRow
  platform_grant: PlatformGrantRow
  inbox: InboxRow
  erasure: ErasureRow
  erasure_target: ErasureTargetRow
  write_key: WriteKeyRow
  audit_entry: AuditRow
}

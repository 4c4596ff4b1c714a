import type { Generated } from 'kysely'
import type { ChangeSignal } from '../../core/connector/signal.ts'
import type { Erasure, ErasureTarget } from '../../core/person-request/erasure.ts'
import type { User } from '../../core/port/access-store.ts'
import type { ApprovalRequest } from '../../core/port/approvals.ts'
import type { ManifestChange } from '../../core/port/control-store.ts'
import type { SignalState } from '../../core/port/inbox.ts'
import type { OperationRecord } from '../../core/port/request-store.ts'
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
  started_by: string | null
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
  /** W3C `traceparent` of the request that told it. */
  trace: string | null
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

interface AuthorizationVisitRow {
  ticket: string
  connection: string
  actor: string
  user_id: string | null
  expires_at: number
  /** Null until the link was opened, like the two after it. */
  state: string | null
  browser: string | null
  /** Sealed. */
  verifier: string | null
}

interface DataKeyRow {
  purpose: string
  version: number
  wrapped: string
  wrapped_by: string
  created_at: number
}

/** `password` is a hash in the PHC form; `name_key` the folded name. */
export interface UserRow {
  id: string
  name: string
  name_key: string
  email: string | null
  role: User['role']
  state: User['state']
  password: string | null
  issuer: string | null
  subject: string | null
  created_at: number
  created_by: string
}

interface SessionRow {
  digest: string
  user_id: string
  user_agent: string
  created_at: number
  used_at: number
  proven_at: number
  browser: string
  network: string
}

/** `scopes` is JSON. */
export interface ApiKeyRow {
  digest: string
  id: string
  name: string
  scopes: string
  created_at: number
  created_by: string
  expires_at: number
  used_at: number | null
  revoked_at: number | null
}

interface AccessLinkRow {
  digest: string
  user_id: string | null
  created_at: number
  created_by: string
  expires_at: number
}

interface SignInAttemptRow {
  digest: string
  browser: string
  nonce: string
  verifier: string
  return_to: string
  expires_at: number
  proves: string | null
}

export interface ApprovalRow {
  id: string
  kind: ApprovalRequest['kind']
  object: string
  digest: string
  state: ApprovalRequest['state']
  requested_at: number
  requested_by: string
  expires_at: number
  decided_by: string | null
}

interface KeptRequestRow {
  name: string
  digest: string
  sealed_answer: string | null
  claimed_at: number
}

/** `error` is JSON. */
export interface OperationRow {
  number: Generated<number>
  id: string
  route: string
  actor: string
  state: OperationRecord['state']
  started_at: number
  finished_at: number | null
  sealed_result: string | null
  error: string | null
}

interface PlatformQuotaRow {
  connection: string
  budget: string
  window_ms: number
  remaining: number
  quota: number
  /** 0 or 1. */
  is_low: number
  told_at: number
}

interface UsedCallRow {
  connection: string
  digest: string
  stale_at: number
}

/** `params` is JSON. Instants are epoch milliseconds. */
interface AlertRow {
  subject: string
  code: string
  params: string
  since: number
}

interface AlertNoticeRow {
  number: Generated<number>
  subject: string
  code: string
  params: string
  change: string
  at: number
  place: string
  attempts: Generated<number>
  next_at: number
  /** 0: given up. */
  told_at: number | null
}

interface ScheduleRow {
  sync: string
  rule: string
  due_at: number
  begun_at: number | null
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
  user_account: UserRow
  session: SessionRow
  api_key: ApiKeyRow
  access_link: AccessLinkRow
  sign_in_attempt: SignInAttemptRow
  approval_request: ApprovalRow
  kept_request: KeptRequestRow
  operation: OperationRow
  data_key: DataKeyRow
  authorization_visit: AuthorizationVisitRow
  used_call: UsedCallRow
  platform_quota: PlatformQuotaRow
  alert: AlertRow
  alert_notice: AlertNoticeRow
  schedule: ScheduleRow
  audit_entry: AuditRow
}

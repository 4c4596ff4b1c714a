import type { AuditEntry, AuditFact } from '../audit/audit-entry.ts'
import type { ChainHead } from '../audit/chain.ts'
import type { Audience } from '../connector/destination.ts'
import type { Cursor } from '../connector/source.ts'
import type { ManifestKind } from '../manifest/manifest.ts'
import type { Batch, BatchState } from '../sync/batch.ts'
import type { Run, RunState } from '../sync/run.ts'
import type { AccessStore } from './access-store.ts'
import type { AlertBook } from './alert-book.ts'
import type { ApiKeys } from './api-keys.ts'
import type { Approvals, ApprovalUse } from './approvals.ts'
import type { AuthorizationBook } from './authorization-book.ts'
import type { ConnectionFactsBook } from './connection-facts.ts'
import type { ErasureBook } from './erasure-book.ts'
import type { Inbox } from './inbox.ts'
import type { JsonObject } from './json.ts'
import type { QuotaBook } from './quota-book.ts'
import type { RequestStore } from './request-store.ts'
import type { ScheduleBook } from './schedule-book.ts'
import type { SecretStore } from './secret-store.ts'
import type { UsedCalls } from './used-calls.ts'
import type { WriteKeys } from './write-keys.ts'

/** A manifest as it was applied: the JSON text's meaning, without resolved secrets. */
export interface AppliedManifest {
  readonly kind: ManifestKind
  readonly name: string
  readonly revision: number
  readonly digest: string
  readonly document: JsonObject
}

export interface ManifestChange {
  readonly operation: 'create' | 'update' | 'delete'
  readonly kind: ManifestKind
  readonly name: string
  readonly digest: string
  readonly document: JsonObject | null
}

/** Access to a platform as it is stored: unreadable without the hub's key. */
interface SealedGrant {
  readonly sealed: string
  /** Rises by one with each grant. */
  readonly revision: number
}

export interface AuditRange {
  readonly from?: number
  readonly limit?: number
  readonly objects?: readonly string[]
  readonly action?: string
}

/** Configuration, runs and audit: small rows, one commit each, durable when the promise resolves. */
export interface ControlStore
  extends
    AuthorizationBook,
    AlertBook,
    ConnectionFactsBook,
    ScheduleBook,
    Inbox,
    ErasureBook,
    WriteKeys,
    SecretStore,
    AccessStore,
    ApiKeys,
    Approvals,
    RequestStore,
    UsedCalls,
    QuotaBook {
  /** Manifests in force. */
  appliedManifests(): Promise<readonly AppliedManifest[]>
  /**
   * Writes changes as new revisions and one audit entry each, and uses up the approval that they rest on: all or nothing. Throws
   * `api.precondition_failed` when that is not there any more.
   */
  applyManifests(
    changes: readonly ManifestChange[],
    fact: Omit<AuditFact, 'action' | 'object' | 'details'>,
    approval?: ApprovalUse,
  ): Promise<void>

  createRun(run: Run, fact: AuditFact): Promise<void>
  updateRun(id: string, change: Partial<Omit<Run, 'id' | 'sync' | 'kind'>>): Promise<void>
  run(id: string): Promise<Run | undefined>
  /** Newest first. */
  runs(filter?: { sync?: string; state?: RunState; limit?: number; before?: string }): Promise<Run[]>

  checkpoint(sync: string): Promise<Cursor | undefined>
  writeCheckpoint(sync: string, cursor: Cursor): Promise<void>

  /** The audience a sync writes to, by the id the platform gave. */
  audience(sync: string): Promise<Audience | undefined>
  writeAudience(sync: string, audience: Audience): Promise<void>

  createBatches(batches: readonly Batch[]): Promise<void>
  batches(runId: string): Promise<Batch[]>
  /** Moves a batch to a state; `sending` counts one attempt. */
  moveBatch(runId: string, index: number, state: BatchState): Promise<void>

  /** Small named values of the hub itself, such as the digest of the mappings in force. */
  setting(name: string): Promise<string | undefined>
  writeSetting(name: string, value: string): Promise<void>

  /** The sealed grant of a connection. */
  grant(connection: string): Promise<SealedGrant | undefined>
  /** Writes a grant over exactly the revision that was read (0: none). False when another process wrote meanwhile. */
  writeGrant(connection: string, sealed: string, over: number): Promise<boolean>
  /** Takes the right to renew until `until` (epoch milliseconds). False while another holder has it. */
  leaseGrant(connection: string, holder: string, until: number): Promise<boolean>
  releaseGrant(connection: string, holder: string): Promise<void>

  appendAudit(fact: AuditFact): Promise<AuditEntry>
  /** The end of the audit chain. */
  auditHead(): Promise<ChainHead>
  /** In the order of their numbers; of all objects and actions where none is named. */
  auditEntries(range?: AuditRange): Promise<AuditEntry[]>

  close(): Promise<void>
}

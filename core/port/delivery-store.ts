import type { DestinationDescription } from '../connector/connector.ts'
import type { DestinationRecord } from '../connector/destination.ts'
import type { JobState, Outcome, UntoldReject } from '../connector/outcome.ts'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { JsonValue } from './json.ts'

/** Why a member is not sent, decided before anything is sent. */
export type WithheldReason = 'consent_unmapped' | 'consent_missing' | 'no_match_key' | 'suppressed'

/** The exact difference between what the audience should hold and what the platform acknowledged. */
export interface DeliveryPlan {
  readonly runId: string
  readonly members: number
  readonly desired: number
  readonly delivered: number
  readonly adds: number
  /** Members whose row changed. Where the destination cannot update in place, each is two rows: the old one off, the new one on. */
  readonly updates: number
  readonly removes: number
  /** Those of `removes` who denied consent or are suppressed: they go first, and no guard holds them up. */
  readonly withdrawals: number
  readonly unchanged: number
  /** Rejected earlier and not due again: row, rule and connection are unchanged and the retry time has not come. */
  readonly stillRejected: number
  /** No answer was ever had, and the platform allows neither to read members nor to send twice: left for a person. */
  readonly unsettled: number
  /** Held by a job of the platform that has not ended. */
  readonly processing: number
  readonly withheld: Readonly<Record<WithheldReason, number>>
  /** Digest over all operations: an approval is bound to it. */
  readonly digest: string
  readonly batches: readonly {
    readonly index: number
    readonly operation: 'add' | 'remove'
    readonly size: number
    readonly digest: string
  }[]
}

export interface PlanRow {
  readonly ordinal: number
  readonly operation: 'add' | 'update' | 'remove'
  readonly profileId: string
  readonly key: string | null
  /** The mapped fields, as they will be handed to the connector. */
  readonly fields: Readonly<Record<string, JsonValue>>
}

export interface DeliveryState {
  readonly status: 'applied' | 'accepted' | 'skipped' | 'rejected' | 'failed' | 'unknown' | 'removed'
  readonly key: string | null
  readonly reasonCode: string | null
  readonly reasonMessage: string | null
  readonly runId: string
  readonly acknowledgedAt: number
}

/** An asynchronous job of a platform that took rows of a run. */
export interface OpenJob {
  readonly sync: string
  readonly job: string
  readonly runId: string
  readonly rows: number
}

/** The warehouse's side of delivering: the set difference, the frozen plan, and what the platform acknowledged. */
export interface DeliveryStore {
  /**
   * Computes desired against delivery and freezes the operations as plan rows under `runId`, removals and additions in batches of
   * at most `destination.recordsPerBatch`, or its `largeLoad`. Deterministic: same data, same plan, same digest.
   */
  plan(request: {
    readonly runId: string
    readonly sync: DeliverSyncManifest
    readonly destination: DestinationDescription
    readonly asOf: number
    /** True when the sync's rule or its connection changed: rejected rows are due again. Default false. */
    readonly retryRejected?: boolean
    /** All members are sent, as one row each, whether anything of them changed or not. Default false. */
    readonly whole?: boolean
    /** Only who is taken off because consent was withdrawn or the person is suppressed. Default false. */
    readonly withdrawnOnly?: boolean
    /** Only these profiles ("p_12") are compared, as few as moved. The numbers of members and delivered people are those of all. Default: all. */
    readonly people?: readonly string[]
  }): Promise<DeliveryPlan>
  /**
   * Of these profiles ("p_12"), those for whom a plan would have something to send, compared in the same way and without keeping a plan:
   * `withdrawn` are to be taken off because they denied consent or are suppressed, `changed` are all others.
   */
  differingAmong(request: {
    readonly sync: DeliverSyncManifest
    readonly destination: DestinationDescription
    readonly asOf: number
    readonly people: readonly string[]
  }): Promise<{ readonly withdrawn: readonly string[]; readonly changed: readonly string[] }>
  /** Delivered people whom the next plan would take off because they denied consent or are suppressed. */
  withdrawnCount(sync: DeliverSyncManifest): Promise<number>
  /**
   * Takes out of batches of additions that were never sent who must not be sent any more: consent is gone, or the person suppressed,
   * since the plan was made. Their rows end as skipped. Returns how many.
   */
  withholdWithdrawn(request: {
    readonly runId: string
    readonly sync: DeliverSyncManifest
    readonly batches: readonly number[]
  }): Promise<number>
  /** The first rows of each operation, for a person to look at. */
  sample(runId: string, limit: number): Promise<readonly PlanRow[]>
  /**
   * The rows of one batch that have no outcome yet, in order. A row whose removal went wrong earlier in this run is not among them:
   * its addition waits, so that the platform never holds a person twice.
   */
  readBatch(runId: string, batch: number): Promise<readonly PlanRow[]>
  /** True when this batch's outcomes are recorded already (the process died after recording). */
  isRecorded(runId: string, batch: number): Promise<boolean>
  /**
   * Records one outcome per row that `readBatch` gives, in order, in one transaction. Delivery changes only here.
   * Throws `connector.outcome_count` when the numbers differ.
   */
  recordOutcomes(request: {
    readonly runId: string
    readonly sync: string
    readonly batch: number
    readonly outcomes: readonly Outcome[]
    readonly untold?: readonly UntoldReject[]
    readonly at: number
  }): Promise<void>
  /**
   * An exchange of all members ended: rows of the run that were taken are applied, its removals are done, and what was rejected is no
   * longer on the platform. One transaction; again it changes nothing.
   */
  settleReplacement(request: {
    readonly runId: string
    readonly sync: string
    readonly at: number
  }): Promise<void>
  /** Forgets the outcomes of a run's rows: an exchange is begun anew. What the platform may hold stays unknown. */
  reopenPlan(runId: string): Promise<void>
  /** Sums of a run's outcomes so far, rows that are not sent again yet included; `pending` have none. Ask before `dropPlan`. */
  outcomeCounts(
    runId: string,
  ): Promise<Readonly<Record<Outcome['status'], number>> & { readonly pending: number }>
  /** Rejected and failed rows of a run, grouped by reason. */
  reasons(
    runId: string,
  ): Promise<readonly { readonly code: string; readonly message: string; readonly count: number }[]>
  /** Rejects of a run that the platform counted without naming the records. */
  untoldCount(runId: string): Promise<number>
  /** Jobs of platforms whose end is not known yet. */
  openJobs(): Promise<readonly OpenJob[]>
  /** The records that wait for a job, in an order that stays the same until it is settled. */
  jobRecords(job: OpenJob): Promise<readonly DestinationRecord[]>
  /**
   * Writes the end of a job: its rows are applied or removed, or come again in the next run; with `outcomes`, each row as its own
   * says. Throws `connector.outcome_count` when there is not one per waiting row.
   */
  settleJob(job: OpenJob, state: Exclude<JobState, { status: 'processing' }>, at: number): Promise<void>
  /**
   * Somebody took these members off the audience by hand: what the platform holds is less than what it acknowledged. Removals from
   * before the last acknowledgement are our own, or healed already. The next plan adds who still belongs there.
   */
  noteRemovedElsewhere(
    sync: string,
    removals: readonly { readonly key: string; readonly occurredAt: number }[],
  ): Promise<void>
  /**
   * Brings delivery to the members that the platform tells, by its keys; `missing` were taken for delivered, `returned` for removed. For a hub that
   * was restored from a backup.
   */
  compareMembers(
    sync: string,
    pages: AsyncIterable<readonly string[]>,
  ): Promise<{ readonly missing: number; readonly returned: number }>
  deliveryOf(sync: string, profileId: string): Promise<DeliveryState | undefined>
  deliveredCount(sync: string): Promise<number>
  /** Forgets the frozen plan of a run that ended or was superseded; only what was not applied stays, for `reasons`. */
  dropPlan(runId: string): Promise<void>
}

/**
 * What became of one record of a batch.
 * - `applied`: the platform acknowledged it. `key` is the platform's id of the record where it gave one.
 * - `accepted`: the platform took it into a job and tells later; `job` names it. Nothing is done until the job says so.
 * - `skipped`: nothing had to be done (already a member, already gone).
 * - `rejected`: the platform, or our check before it, refuses this record; sent again only when its row, its rule or the
 *   connection changed.
 * - `failed`: not applied, may be tried again.
 * - `unknown`: sent, no answer; is reconciled before it is sent again.
 */
export type Outcome =
  | { readonly status: 'applied'; readonly key?: string }
  | { readonly status: 'accepted'; readonly job: string; readonly key?: string }
  | { readonly status: 'skipped'; readonly key?: string; readonly reason?: Reason }
  | { readonly status: 'rejected' | 'failed' | 'unknown'; readonly reason: Reason }

/** Why a record was not applied: a stable code, and the platform's own words (no personal data). */
export interface Reason {
  /** Snake-case, stable, bounded in number: "invalid_email", "missing_identifier", "not_found_on_platform". */
  readonly code: string
  readonly message: string
}

/** Rejects that a platform counted without saying which records they are. The rows count as applied; the run is not green. */
export interface UntoldReject {
  readonly reason: Reason
  readonly count: number
}

/** What became of one record of a job that has ended. */
export type JobOutcome = Exclude<Outcome, { readonly status: 'accepted' }>

/**
 * How far a platform's asynchronous job is. Platforms that only count their rejects tell `rejected` without saying whom: the run
 * shows the count, the rows stay applied. Platforms that tell each record apart give `outcomes`, one per record of the job in the
 * order of `TakenRecords`.
 */
export type JobState =
  | {
      readonly status: 'processing'
      /** The platform's own word, or its documentation's, on when to ask again. Absent: the hub backs off. */
      readonly askAgainMs?: number
    }
  | {
      readonly status: 'done'
      readonly rejected: readonly UntoldReject[]
      readonly outcomes?: readonly JobOutcome[]
    }
  | { readonly status: 'failed'; readonly reason: Reason }

import type { AudienceSize } from '../connector/destination.ts'
import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { RunCounters, RunState } from './run.ts'

/** The parts of a cycle, in their order. `resume` finishes what a killed process left. */
export const cycleStages = [
  'resume',
  'jobs',
  'signals',
  'withdraw',
  'pull',
  'refresh',
  'match',
  'enrich',
  'evaluate',
  'deliver',
  'erase',
  'retain',
  'compact',
] as const
export type CycleStage = (typeof cycleStages)[number]

export interface StageError {
  readonly code: ErrorCode
  readonly params: ErrorParams
}

/**
 * What a cycle tells while it runs, for the command line, the server and the log to render. `sync` is set where a stage works for
 * one sync. `counts` are stable names with numbers: `read`, `quarantined`, `profilesCreated`, `members` …
 */
export type CycleEvent =
  | {
      readonly kind: 'cycle_started'
      readonly at: number
      readonly asOf: number
      readonly syncs: readonly string[]
    }
  | {
      readonly kind: 'stage_started'
      readonly at: number
      readonly stage: CycleStage
      readonly sync?: string
    }
  | {
      readonly kind: 'stage_progress'
      readonly at: number
      readonly stage: CycleStage
      readonly sync?: string
      readonly done: number
      /** Absent where the end cannot be told. */
      readonly total?: number
    }
  | {
      readonly kind: 'stage_ended'
      readonly at: number
      readonly stage: CycleStage
      readonly sync?: string
      readonly counts: Readonly<Record<string, number>>
      /** How the run of the sync ended, where there is one. */
      readonly state?: RunState
      readonly runId?: string
      readonly error?: StageError
    }
  | { readonly kind: 'cycle_ended'; readonly at: number; readonly runs: readonly EndedRun[] }

export type OnCycleEvent = (event: CycleEvent) => void

/** How one sync ended in a cycle. */
export interface EndedRun {
  readonly runId: string
  readonly sync: string
  readonly kind: 'pull' | 'deliver'
  readonly state: RunState
  readonly counters: RunCounters
  readonly error: StageError | null
  readonly planDigest: string | null
  readonly drift?: Drift
}

/** The audience's size as the platform tells it against what was acknowledged. */
export interface Drift {
  readonly expected: number
  readonly size: AudienceSize
  /** Until so many milliseconds after the last write, the platform may still tell the size of before. */
  readonly visibleAfterMs: number
  /** Set when the platform makes no use of so few members: how many it wants that it knows. */
  readonly tooFewFor?: number
}

import type { ErasureOutcome } from '../connector/connector.ts'

/**
 * Where the erasure of a person at one connection is. `waiting`: not done yet, tried again by itself. `by_hand`: the hub cannot do it, a
 * person has to. The others are what the platform answered.
 */
type ErasureTargetStatus = ErasureOutcome['status'] | 'waiting' | 'by_hand'

/** One connection that was ever sent a person who is to be erased. Holds no personal data but what is sealed. */
export interface ErasureTarget {
  readonly connection: string
  readonly status: ErasureTargetStatus
  /** Whom to erase there, sealed; null once it is done. */
  readonly sealed: string | null
  readonly attempts: number
  /** Not tried again before this instant, epoch milliseconds. */
  readonly nextAt: number
  /**
   * How often the platform is to be asked once more after it did it: a job of the platform that took the person may end later than
   * the erasure.
   */
  readonly again: number
  /** Error code of the last attempt that went wrong. */
  readonly code: string | null
  /** What the platform said; connectors write no personal data into it. */
  readonly message: string | null
  readonly toldAt: number | null
}

/** `accepted`: noted, nothing is gone yet. `erased_here`: the hub holds nothing any more, platforms may. `done`: nobody is left to ask. */
type ErasureState = 'accepted' | 'erased_here' | 'done'

/** Rows taken away here, by class. */
export type ErasedCounts = Readonly<Record<string, number>>

/** A request to erase one person, followed until it is done everywhere. */
export interface Erasure {
  readonly id: string
  readonly state: ErasureState
  /** "cli:<system user>", or "hub" for one that a platform told. */
  readonly actor: string
  readonly requestedAt: number
  readonly erasedHereAt: number | null
  readonly finishedAt: number | null
  /** The hub's own number of the profile until it is erased here. */
  readonly profileId: string | null
  /** Number of the inbox signal that asked for it. */
  readonly signal: number | null
  readonly counts: ErasedCounts
  readonly targets: readonly ErasureTarget[]
}

/** What may be told of a request: nothing of whom it is about. */
type ToldErasure = Omit<Erasure, 'targets'> & { readonly targets: readonly Omit<ErasureTarget, 'sealed'>[] }

const firstWaitMs = 15 * 60_000
const longestWaitMs = 24 * 3_600_000

/** When an attempt that failed for the `attempts`-th time is made again: after 15 minutes, then twice as long, at most a day. */
export function nextAttemptAt(now: number, attempts: number): number {
  return now + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.max(0, attempts - 1))
}

/** After a platform erased somebody whom one of its jobs may still add: the longest that platforms give for such jobs is a day. */
export const askAgainAfterMs = longestWaitMs

/** True while the hub itself still has something to do for it. */
export const isOpenTarget = ({ status }: ErasureTarget): boolean =>
  status === 'waiting' || status === 'failed'

/** What is handed to whoever asked, without personal data: what was erased, where, and when. */
export interface ErasureReceipt {
  readonly request: string
  readonly state: ErasureState
  readonly requested_at: string
  readonly erased_here_at: string | null
  readonly finished_at: string | null
  readonly here: ErasedCounts
  readonly destinations: readonly {
    readonly connection: string
    readonly status: ErasureTargetStatus
    readonly at: string | null
    readonly attempts: number
    readonly code: string | null
    readonly message: string | null
  }[]
}

const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** The receipt as it is now; final once `state` is "done". */
export function toReceipt(erasure: ToldErasure): ErasureReceipt {
  return {
    request: erasure.id,
    state: erasure.state,
    requested_at: new Date(erasure.requestedAt).toISOString(),
    erased_here_at: instant(erasure.erasedHereAt),
    finished_at: instant(erasure.finishedAt),
    here: erasure.counts,
    destinations: erasure.targets.map(({ connection, status, toldAt, attempts, code, message }) => ({
      connection,
      status,
      at: instant(toldAt),
      attempts,
      code,
      message,
    })),
  }
}

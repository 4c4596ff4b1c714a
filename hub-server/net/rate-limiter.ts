import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { LimiterCluster } from './limiter-cluster.ts'
import { createSharedPace, type SharedPace } from './shared-pace.ts'
import { createTurnQueue, type Turn } from './turn-queue.ts'

const minuteMs = 60_000
/** A refusal slows the whole budget by 30 %, each quiet window speeds it up by 10 % (RudderStack's adaptive throttle). */
const slowDown = 0.7
const speedUp = 1.1
const slowest = 0.05

/** The limiter of one budget of one connection, shared by everything that talks to that account. */
export interface RateLimiter {
  /** Waits for its turn, then runs `work`. Nothing runs while the budget is paused. */
  schedule<T>(turn: Turn, work: () => Promise<T>): Promise<T>
  /**
   * The platform refused: nothing is sent for `ms`, and the pace falls by 30 %. Further refusals inside that time are of calls that were
   * under way together: they only prolong the pause.
   */
  refused(ms: number): void
  /** A call went through, with the answer's headers: corrects the budget and lets it recover step by step. */
  accepted(headers: Readonly<Record<string, string>>): void
  /** Present pace as a share of the published limit. */
  readonly pace: number
}

export interface RateLimiterOptions {
  readonly budget: RateBudget
  readonly clock: Clock
  /** The Redis that several hubs keep this budget in, and the budget's name there. Absent: this process has it alone. */
  readonly cluster?: { readonly cluster: LimiterCluster; readonly key: string }
}

/** What is known of a budget's pace here. */
interface PaceState {
  pace: number
  pausedUntil: number
  /** How long the pause was when it was set. */
  pausedMs: number
  lastChangeAt: number
}

/**
 * Milliseconds that the pause still lasts. A clock that was put back shows more of it than there ever was: then it begins anew, and lasts no hour
 * longer.
 */
function pauseLeft(state: PaceState, now: number): number {
  if (state.pausedUntil - now > state.pausedMs) state.pausedUntil = now + state.pausedMs
  return state.pausedUntil - now
}

/** Prolongs the pause to this time from now on. */
function pauseFor(state: PaceState, ms: number, now: number): void {
  const left = Math.max(pauseLeft(state, now), ms)
  state.pausedUntil = now + left
  state.pausedMs = left
}

/** One budget's limiter: turns by Bottleneck, pauses and pace by the platform's answers, all of it shared over Redis where there is one. */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { budget, clock } = options
  const queue = createTurnQueue(options)
  const state: PaceState = { pace: 1, pausedUntil: 0, pausedMs: 0, lastChangeAt: clock.now() }
  const setPace = (next: number): void => {
    if (next === state.pace) return
    state.pace = next
    state.lastChangeAt = clock.now()
    queue.setPace(next)
  }
  const shared = options.cluster && followSharedPace(options.cluster, { budget, clock, state, setPace })
  return {
    get pace() {
      return state.pace
    },
    async schedule(turn, work) {
      for (;;) {
        for (let left = pauseLeft(state, clock.now()); left > 0; left = pauseLeft(state, clock.now()))
          await clock.sleep(left, turn.signal)
        const release = await queue.take(turn)
        try {
          // Paused while it queued: the turn is given back, so that nobody rushes out together when the pause ends.
          if (pauseLeft(state, clock.now()) <= 0) return await work()
        } finally {
          release()
        }
      }
    },
    refused(ms) {
      const isNew = pauseLeft(state, clock.now()) <= 0
      pauseFor(state, ms, clock.now())
      if (isNew) setPace(Math.max(slowest, state.pace * slowDown))
      state.lastChangeAt = clock.now()
      shared?.refused(ms)
    },
    accepted(headers) {
      if (budget.readRemaining?.(headers) === 0) pauseFor(state, remainderPause(budget), clock.now())
      const quietMs = clock.now() - state.lastChangeAt
      if (state.pace === 1 || (quietMs >= 0 && quietMs < budget.windowMs)) return
      if (shared?.isConnected()) {
        state.lastChangeAt = clock.now()
        shared.recovered()
      } else setPace(Math.min(1, state.pace * speedUp))
    },
  }
}

/** The platform's own count says the window is spent: wait for a tenth of it rather than run into a refusal. */
const remainderPause = (budget: RateBudget): number => Math.min(budget.windowMs / 10, minuteMs)

interface Follower extends Pick<RateLimiterOptions, 'budget' | 'clock'> {
  readonly state: PaceState
  readonly setPace: (pace: number) => void
}

interface FollowedPace {
  refused(ms: number): void
  recovered(): void
  isConnected(): boolean
}

/** Keeps pace and pause equal to those of the other processes, as far as Redis can be reached. */
function followSharedPace(
  { cluster, key }: NonNullable<RateLimiterOptions['cluster']>,
  { budget, clock, state, setPace }: Follower,
): FollowedPace {
  const pace = createSharedPace({ cluster, key, windowMs: budget.windowMs, slowDown, speedUp, slowest })
  const restore = (): Promise<void> =>
    pace.restore({ pace: state.pace, pausedMs: pauseLeft(state, clock.now()) })
  pace.onChange((told) => {
    if (told.pausedMs > 0) pauseFor(state, told.pausedMs, clock.now())
    setPace(told.pace)
  })
  cluster.onSession(() => quietly(restore()))
  quietly(restore())
  return {
    refused: (ms) => quietly(pace.refused(ms)),
    recovered: () => quietly(pace.recovered()),
    isConnected: () => cluster.session !== undefined,
  }
}

/** A Redis that fails here is found lost by its cluster, which says so; the next session restores what was not told. */
function quietly(told: ReturnType<SharedPace['restore']>): void {
  void told.catch(() => undefined)
}

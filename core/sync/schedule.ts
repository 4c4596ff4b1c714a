import { Cron } from 'croner'

/** When a sync runs by itself, as its manifest says. */
export interface Schedule {
  /** Minute, hour, day of the month, month, day of the week. */
  readonly cron: string
  /** IANA name: "Europe/Paris". */
  readonly time_zone: string
}

/** True of five fields that some instant fits. */
export function isCron(cron: string): boolean {
  try {
    return nextDue({ cron, time_zone: 'UTC' }, 0) !== undefined
  } catch {
    return false
  }
}

/**
 * The first instant after `after` at which the schedule falls due; both epoch milliseconds. On the day that the clocks are put forward, a time that
 * they skip falls due when they jump; on the day they are put back, a time that comes twice falls due the first time. Undefined: never again.
 */
export function nextDue(schedule: Schedule, after: number): number | undefined {
  return new Cron(schedule.cron, options(schedule)).nextRun(new Date(after))?.getTime()
}

/** The library is asked for instants only: it starts no timer. */
const options = ({ time_zone: timezone }: Schedule) => ({ paused: true, timezone, mode: '5-part' }) as const

/** How long it is from the instant before `at` to the one after it: what a run may take for itself, in milliseconds. */
function intervalAt(schedule: Schedule, at: number): number | undefined {
  const first = nextDue(schedule, at)
  const second = first === undefined ? undefined : nextDue(schedule, first)
  return first === undefined || second === undefined ? undefined : second - first
}

/** Milliseconds by which runs of one instant are spread, so that a whole workspace does not begin at once: at most a tenth of the interval. */
const longestJitterMs = 60_000

/**
 * The last instant that fell due and was not answered, however many were missed before it; undefined: there is none. `answered` is the last one that
 * was, and never moves back: a clock that is put back an hour waits that hour, one that jumps ahead answers once. `spread`, from 0 to 1, is the sync's
 * own place among those that fall due at once.
 */
export function findDue(
  schedule: Schedule,
  { answered, now, spread }: { readonly answered: number; readonly now: number; readonly spread: number },
): number | undefined {
  const horizon = now - jitterOf(schedule, answered, spread)
  const first = nextDue(schedule, answered)
  if (first === undefined || first > horizon) return undefined
  // The library answers what is strictly before, in whole seconds.
  const [last] = new Cron(schedule.cron, options(schedule)).previousRuns(1, new Date(horizon + 1000))
  return Math.max(first, last?.getTime() ?? first)
}

/** When the next instant after the answered one is to be acted on, in epoch milliseconds. */
export function nextTurn(schedule: Schedule, answered: number, spread: number): number | undefined {
  const next = nextDue(schedule, answered)
  return next === undefined ? undefined : next + jitterOf(schedule, answered, spread)
}

function jitterOf(schedule: Schedule, at: number, spread: number): number {
  return Math.floor(spread * Math.min(longestJitterMs, (intervalAt(schedule, at) ?? 0) / 10))
}

/** Judged by the watchdog: a schedule that nobody answered, or answered without success. */
export type ScheduleFault = 'never_began' | 'no_success'

/** A run may begin this late before it counts as one that never began: a cycle that is under way is waited for. */
const longestDelayMs = 15 * 60_000

/**
 * What is wrong with a sync's schedule: its last instant passed and no run began, or none succeeded for twice the interval. `since` is when the
 * schedule was first seen. Undefined: nothing.
 */
export function judgeSchedule(
  schedule: Schedule,
  seen: {
    readonly now: number
    /** Last instant that was answered with a run, or the one the schedule was first seen at. */
    readonly answered: number
    readonly lastSuccessAt: number | undefined
    readonly since: number
  },
): ScheduleFault | undefined {
  const { now, answered, lastSuccessAt, since } = seen
  const next = nextDue(schedule, answered)
  if (next !== undefined && now - next > longestDelayMs) return 'never_began'
  const interval = intervalAt(schedule, since)
  if (interval === undefined) return undefined
  const quietSince = Math.max(lastSuccessAt ?? 0, since)
  return now - quietSince > 2 * interval + longestDelayMs ? 'no_success' : undefined
}

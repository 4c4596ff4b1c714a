import { createHash } from 'node:crypto'
import type { SyncManifest, Workspace } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { findDue, nextTurn, type Schedule } from '../../core/sync/schedule.ts'
import type { CycleAlarm } from './cycle-alarm.ts'

/** Between two looks at the clock, in milliseconds: it may be put forward or back meanwhile. */
const longestSleepMs = 60_000

/** A cycle that is to begin. `syncs` undefined: all of them. */
export interface CycleTurn {
  readonly syncs?: readonly string[]
}

export interface CycleTimesOptions {
  readonly workspace: Workspace
  readonly control: Pick<ControlStore, 'schedules' | 'writeSchedule' | 'runs'>
  /** Time between the starts of two cycles of syncs without hours of their own; undefined: none begin. */
  readonly everyMs: number | undefined
  readonly alarm: CycleAlarm
  readonly clock: Clock
}

/** When the cycles of a hub that stays up begin, and for which syncs. */
export interface CycleTimes {
  /** Resolves when a cycle is to begin. Rejects when the signal aborts. */
  next(signal: AbortSignal): Promise<CycleTurn>
}

interface Scheduled {
  readonly name: string
  readonly schedule: Schedule
  readonly spread: number
}

/**
 * Cycles begin at once, then at an interval, early when signals wait; syncs with hours of their own begin at those. An instant is noted as answered before
 * its run begins, so that it is answered once however often the hub is started; the run itself survives that by its own means.
 */
export function createCycleTimes(options: CycleTimesOptions): CycleTimes {
  const { workspace, control, everyMs, alarm, clock } = options
  const scheduled = [...workspace.syncs.values()].flatMap(toScheduled)
  const withoutHours = [...workspace.syncs.keys()].filter(
    (name) => !scheduled.some((one) => one.name === name),
  )
  let isFirst = true
  let startedAt = clock.now()
  let interval: Promise<'interval'> | undefined

  async function next(signal: AbortSignal): Promise<CycleTurn> {
    for (;;) {
      signal.throwIfAborted()
      const due = await takeDue(scheduled, options)
      const isInterval = everyMs !== undefined && (isFirst || (await isReached(interval)))
      const resumed = isFirst ? await interruptedSyncs(scheduled, control) : []
      isFirst = false
      const names = [...new Set([...due, ...resumed, ...(isInterval ? withoutHours : [])])]
      if (isInterval) {
        startedAt = clock.now()
        interval = undefined
      }
      if (isInterval && scheduled.length === 0) return {}
      if (names.length > 0 || isInterval) return { syncs: names }
      await wait(signal)
    }
  }

  async function wait(signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const ends = AbortSignal.any([signal, over.signal])
    if (everyMs !== undefined && !interval) {
      interval = alarm.waitForCycle({ startedAt, everyMs }, signal).then(() => 'interval')
      // It is asked again where it is raced; alone, an end would count as unhandled.
      interval.catch(() => undefined)
    }
    try {
      const turn = await nextSchedule(scheduled, control)
      const ms = Math.min(longestSleepMs, Math.max(0, (turn ?? Infinity) - clock.now()))
      await Promise.race([...(interval ? [interval] : []), clock.sleep(ms, ends)])
    } finally {
      over.abort()
    }
  }
  return { next }
}

const notYet = Symbol('not yet')

async function isReached(interval: Promise<'interval'> | undefined): Promise<boolean> {
  return interval !== undefined && (await Promise.race([interval, Promise.resolve(notYet)])) !== notYet
}

function toScheduled({ name, schedule }: SyncManifest): Scheduled[] {
  if (!schedule) return []
  // The same place at each start, so that the runs of a workspace stay spread.
  const spread = createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32
  return [{ name, schedule, spread }]
}

/** What a schedule is known by: another rule is another schedule. */
const ruleOf = ({ cron, time_zone }: Schedule): string => `${cron} ${time_zone}`

/** Syncs with an instant that was not answered; each is noted as answered. A schedule that is seen for the first time begins now. */
async function takeDue(
  scheduled: readonly Scheduled[],
  { control, clock }: Pick<CycleTimesOptions, 'control' | 'clock'>,
): Promise<string[]> {
  const now = clock.now()
  const states = new Map((await control.schedules()).map((state) => [state.sync, state]))
  const due: string[] = []
  for (const { name, schedule, spread } of scheduled) {
    const rule = ruleOf(schedule)
    const state = states.get(name)
    if (state?.rule !== rule) {
      await control.writeSchedule({ sync: name, rule, dueAt: now, begunAt: null })
      continue
    }
    const dueAt = findDue(schedule, { answered: state.dueAt, now, spread })
    if (dueAt === undefined) continue
    await control.writeSchedule({ sync: name, rule, dueAt, begunAt: now })
    due.push(name)
  }
  return due
}

async function nextSchedule(
  scheduled: readonly Scheduled[],
  control: CycleTimesOptions['control'],
): Promise<number | undefined> {
  const states = new Map((await control.schedules()).map((state) => [state.sync, state]))
  const turns = scheduled.flatMap(({ name, schedule, spread }) => {
    const state = states.get(name)
    return state ? (nextTurn(schedule, state.dueAt, spread) ?? []) : []
  })
  return turns.length === 0 ? undefined : Math.min(...turns)
}

/** Runs that a killed process left would else wait for their next hour. */
async function interruptedSyncs(
  scheduled: readonly Scheduled[],
  control: CycleTimesOptions['control'],
): Promise<string[]> {
  const running = new Set((await control.runs({ state: 'running' })).map(({ sync }) => sync))
  return scheduled.flatMap(({ name }) => (running.has(name) ? [name] : []))
}

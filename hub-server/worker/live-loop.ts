import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { TouchedReport } from '../../core/port/segment-store.ts'
import type { Rule } from '../../core/segment/rule.ts'
import type { CyclePorts } from './cycle-ports.ts'
import { drainBeside } from './drain-beside.ts'
import { createLiveDelivery } from './live-delivery.ts'
import { heedOptOuts } from './note-opt-outs.ts'
import { createStageLock } from './stage-lock.ts'
import { findStale, type StaleSegments } from './stale-segments.ts'

/** After a failure, in milliseconds. */
const pauseMs = 5_000

/** Between two looks at the clock while nothing is known to be due, in milliseconds: timers cannot be set for months. */
const longestSleepMs = 3_600_000

/** After each batch, so that what comes meanwhile is written and gathered, in milliseconds. */
const leastRestMs = 10

/** How long a full disk is waited for before it is looked at again, in milliseconds. */
const roomPauseMs = 30_000

/** One evaluation of everybody after another rests so many times its length. */
const restFactor = 4
const longestRestMs = 60_000

export interface LiveLoopOptions {
  readonly ports: CyclePorts
  readonly workspace: Workspace
  /** Who lets it run: "cli:<system user>" or "hub". */
  readonly actor: string
  /** False while the disk has too little room left: events then wait where they are kept, as cycles do. Default: always true. */
  readonly maySync?: () => boolean
  /**
   * Sets how many threads the warehouse uses; default all of them. Statements of a batch are small: with one thread they take a quarter
   * less processor time, which whoever sends and reads events has meanwhile. Absent: it uses what it uses.
   */
  readonly useThreads?: (count?: number) => Promise<void>
  /** Called between batches: what they left to be tidied is done in small pieces. */
  readonly shortenLog?: () => Promise<void>
  /** Called after each cycle, while no batch waits: all that these pieces left is brought together. */
  readonly checkpoint?: () => Promise<void>
}

/** What one batch did. */
interface LiveBatch extends Pick<TouchedReport, 'scope' | 'moves' | 'movesLeftOut' | 'changed'> {
  /** Milliseconds from its beginning until the memberships were written. */
  readonly ms: number
  readonly stale: StaleSegments
}

/** Keeps memberships, and the audiences of live syncs, up to the second while the hub stays up. */
export interface LiveLoop {
  /** Events are kept, or records were written: they become profiles, and who moves is found. */
  wake(): void
  /** A platform pushed something: opt-outs count at once, all else waits for the next cycle. */
  heed(): void
  /** Runs a cycle alone: no batch and no live delivery beside it; events are drained all the while. The loop goes on after it. */
  runCycle<T>(cycle: () => Promise<T>): Promise<T>
  /** Ends after the batch that is under way; deliveries are broken off, and go on at the next start. */
  stop(): Promise<void>
}

/**
 * Starts the loop. A batch refreshes the profiles that records touched, evaluates those whose data changed or whose instant came, and
 * hands who moved to the live syncs. It begins when it is woken, and at the instant at which time alone may move somebody. Nothing hangs
 * on it: a batch that fails is told and tried again, and the next cycle heals whatever a killed process left.
 */
export function startLiveLoop(options: LiveLoopOptions): LiveLoop {
  const { ports, workspace } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const lock = createStageLock()
  const delivery = createLiveDelivery({ ...options, lock, signal })
  const bell = createBell(ports, signal)
  const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
  const news = createNews(bell.ring)
  let lastScope: LiveBatch['scope'] = 'touched'

  async function runOne(): Promise<void> {
    const told = news.take()
    try {
      const batch = await lock.shared(() => runBatch(options, { rules, told }, signal))
      delivery.add(batch, batch.stale)
      await options.shortenLog?.()
      await bell.rest(restAfter(batch, lastScope))
      lastScope = batch.scope
    } catch (thrown) {
      if (signal.aborted) return
      ports.logger.error('live_failed', { code: toAffluentError(thrown, 'evaluating segments').code })
      news.tell(told)
      await bell.rest(pauseMs)
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      await bell.waitUntil(await findNextChange(options, bell.isDue))
      if (await waitForRoom(options, bell.rest, signal)) await runOne()
    }
  }

  const ended = loop()
  return {
    wake: () => news.tell({ records: true }),
    heed: () => news.tell({ signals: true }),
    runCycle: (cycle) =>
      lock.exclusive(async () => {
        const report = await runAlone(options, cycle)
        delivery.forget()
        return report
      }),
    async stop() {
      stopping.abort()
      bell.ring()
      await ended
      await delivery.settled()
    },
  }
}

/** A cycle, and what batches left to be tidied, with all threads; events are drained beside it. */
async function runAlone<T>(options: LiveLoopOptions, cycle: () => Promise<T>): Promise<T> {
  await options.useThreads?.()
  return drainBeside(options.ports, async () => {
    const report = await cycle()
    await tidyUp(options)
    return report
  })
}

/** What cannot be tidied now is tidied after the next cycle: no cycle fails for it. */
async function tidyUp({ ports, checkpoint }: LiveLoopOptions): Promise<void> {
  try {
    await checkpoint?.()
  } catch (thrown) {
    ports.logger.error('live_failed', { code: toAffluentError(thrown, 'tidying the warehouse').code })
  }
}

/** A batch writes: what is left of a disk must do for settling what is under way. Returns false at the end. */
async function waitForRoom(
  { ports, maySync = () => true }: LiveLoopOptions,
  rest: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted && !maySync()) {
    ports.logger.warn('syncs_paused', { code: 'store.space_low' })
    await rest(roomPauseMs)
  }
  return !signal.aborted
}

/** Everybody is evaluated once after a cycle; rules that ask for everybody each time must leave the hub time for other work. */
function restAfter({ scope, ms }: LiveBatch, lastScope: LiveBatch['scope']): number {
  const isHeavy = scope === 'everybody' && lastScope === 'everybody'
  return isHeavy ? Math.min(ms * restFactor, longestRestMs) : leastRestMs
}

/** What came since the last batch. */
interface News {
  readonly records: boolean
  readonly signals: boolean
}

/** Gathers what comes until somebody takes it; `onNews` is told each time. */
function createNews(onNews: () => void): {
  readonly tell: (more: Partial<News>) => void
  readonly take: () => News
} {
  let all: News = { records: false, signals: false }
  return {
    tell({ records = false, signals = false }) {
      all = { records: all.records || records, signals: all.signals || signals }
      onNews()
    },
    take() {
      const taken = all
      all = { records: false, signals: false }
      return taken
    },
  }
}

/**
 * When time alone may move somebody. Not to know it stops nothing: records wake the loop too. Until something is due, the warehouse has all of
 * its threads.
 */
async function findNextChange(
  { ports, useThreads }: LiveLoopOptions,
  isDue: (at?: number) => boolean,
): Promise<number | undefined> {
  // Whoever is called at once need not know.
  if (isDue()) return undefined
  try {
    const next = await ports.segments.nextChangeAt()
    if (!isDue(next)) await useThreads?.()
    return next
  } catch (thrown) {
    ports.logger.error('live_failed', { code: toAffluentError(thrown, 'finding the next change').code })
    return ports.clock.now() + pauseMs
  }
}

interface BatchOrder {
  readonly rules: ReadonlyMap<string, Rule>
  readonly told: News
}

/** One batch: from records to memberships. */
async function runBatch(
  { ports, workspace, actor, useThreads }: LiveLoopOptions,
  { rules, told }: BatchOrder,
  signal: AbortSignal,
): Promise<LiveBatch> {
  await useThreads?.(1)
  const { clock, profiles, segments, logger } = ports
  const startedAt = clock.now()
  if (told.signals)
    await heedOptOuts({ ...ports, workspace, asOf: startedAt, actor, signal, onEvent: () => undefined })
  if (told.records) {
    // Here and not beside the refresh: pages written between its statements would hold both up.
    await ports.drainEvents?.(signal)
    await profiles.refresh([...workspace.mappings.values()], { signal })
  }
  const { reports, scope, touched, moves, movesLeftOut, changed } = await segments.evaluateTouched(
    rules,
    clock.now(),
    { isLive: true },
  )
  const sum = (key: 'entered' | 'exited'): number => reports.reduce((total, report) => total + report[key], 0)
  const ms = clock.now() - startedAt
  logger.debug('live_evaluated', {
    kind: scope,
    count: touched,
    entered: sum('entered'),
    exited: sum('exited'),
    duration_ms: ms,
  })
  return { ms, scope, moves, movesLeftOut, changed, stale: findStale(rules, reports) }
}

/** Waits for a ring, an instant or the end, whichever comes first. */
function createBell(
  { clock }: Pick<CyclePorts, 'clock'>,
  signal: AbortSignal,
): {
  readonly ring: () => void
  /** True when `waitUntil` would not wait. */
  readonly isDue: (at?: number) => boolean
  readonly waitUntil: (at?: number) => Promise<void>
  readonly rest: (ms: number) => Promise<void>
} {
  let rung = Promise.withResolvers<void>()
  let isRung = false
  const sleep = (ms: number, ending: AbortSignal): Promise<void> =>
    clock.sleep(ms, ending).catch((error: unknown) => {
      if (!ending.aborted) throw error
    })
  return {
    ring() {
      isRung = true
      rung.resolve()
    },
    isDue: (at = Infinity) => isRung || at <= clock.now(),
    async waitUntil(at = Infinity) {
      const over = new AbortController()
      const ending = AbortSignal.any([signal, over.signal])
      const due = async (): Promise<void> => {
        for (let left = at - clock.now(); left > 0 && !ending.aborted; left = at - clock.now())
          await sleep(Math.min(left, longestSleepMs), ending)
      }
      await Promise.race([rung.promise, due()])
      over.abort()
      rung = Promise.withResolvers()
      isRung = false
    },
    rest: (ms) => (ms > 0 ? sleep(ms, signal) : Promise.resolve()),
  }
}

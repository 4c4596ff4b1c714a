import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type DeliverSyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import type { TouchedReport } from '../../core/port/segment-store.ts'
import type { EndedRun } from '../../core/sync/cycle-event.ts'
import type { Cycle, CyclePorts } from './cycle-ports.ts'
import { deliverMoved, findDiffering, mayFollow } from './deliver-segments.ts'
import type { StageLock } from './stage-lock.ts'
import type { StaleSegments } from './stale-segments.ts'

/** Beyond so many people who wait, all members are compared. */
const mostNamed = 10_000

/** How long a delivery that a cycle waits for may go on, in milliseconds. What it leaves, the cycle resumes. */
const graceMs = 5_000

/** Between two looks at whether those who stayed members are to be sent anew, in milliseconds: most changes are none to a platform. */
const lookEveryMs = 1_000

export interface LiveDeliveryOptions {
  readonly ports: CyclePorts
  readonly workspace: Workspace
  readonly lock: StageLock
  readonly actor: string
  readonly signal: AbortSignal
}

/** Delivers who moved, whose fields changed and who withdrew to the audiences of syncs that are live, beside further evaluations. */
export interface LiveDelivery {
  /** Takes who moved or changed; what rests on a stale segment is left to the cycles. */
  add(moved: Pick<TouchedReport, 'moves' | 'movesLeftOut' | 'changed'>, stale: StaleSegments): void
  /** A cycle compared everybody: nothing waits any more. */
  forget(): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Who waits to be delivered for one sync, and what became of those before. */
interface Waiting {
  readonly sync: DeliverSyncManifest
  /** Who entered or exited. */
  moved: Set<string>
  /** Whose data changed. */
  touched: Set<string>
  /** Found to be taken off ahead of all other work. */
  withdrawn: readonly string[]
  /** Found to be sent. */
  differing: readonly string[]
  /** More moved than can be named. */
  isCrowd: boolean
  /** When those touched are looked at next, epoch milliseconds. */
  lookAt: number
  /** Removals since the last cycle: the guard counts them together. */
  removed: number
  /** Left to the next cycle: the guard spoke, the platform is out of quota, or nothing was delivered before. */
  isHeld: boolean
}

/**
 * Deliveries work as those of cycles do, with the same books, and compare only who moved or changed. One connection has one delivery at a
 * time; connections do not wait for each other. Those for whom nothing is to be sent make no run. What fails, is held back or was never
 * tried is found by the next cycle, which compares all.
 */
export function createLiveDelivery(options: LiveDeliveryOptions): LiveDelivery {
  const syncs = [...options.workspace.syncs.values()].filter(isDeliverSync)
  const live = syncs.filter(({ when }) => when === 'live')
  const waiting = live.map((sync): Waiting => ({ sync, ...nothing(), lookAt: 0, removed: 0, isHeld: false }))
  const working = new Map<string, Promise<void>>()

  function begin(connection: string): void {
    const of = waiting.filter(({ sync }) => sync.destination.connection === connection)
    const work = workOff(options, of).finally(() => working.delete(connection))
    working.set(connection, work)
  }

  return {
    add(moved, stale) {
      for (const one of waiting) {
        if (one.isHeld || stale.has(one.sync.segment)) continue
        take(one, moved)
        const { connection } = one.sync.destination
        if (isWaiting(one) && !working.has(connection)) begin(connection)
      }
    },
    forget() {
      for (const one of waiting) Object.assign(one, { ...nothing(), removed: 0, isHeld: false })
    },
    async settled() {
      while (working.size > 0) await Promise.all(working.values())
    },
  }
}

type Names = Pick<Waiting, 'moved' | 'touched' | 'withdrawn' | 'differing' | 'isCrowd'>

const nothing = (): Names => ({
  moved: new Set(),
  touched: new Set(),
  withdrawn: [],
  differing: [],
  isCrowd: false,
})

const isWaiting = (one: Waiting): boolean =>
  one.isCrowd || one.moved.size + one.touched.size + one.withdrawn.length + one.differing.length > 0

/** Adds those who moved or changed to those who wait. */
function take(one: Waiting, { moves, movesLeftOut, changed = [] }: Parameters<LiveDelivery['add']>[0]): void {
  for (const { segment, profileId } of moves) if (segment === one.sync.segment) one.moved.add(profileId)
  for (const profileId of changed) one.touched.add(profileId)
  one.isCrowd ||= movesLeftOut > 0 || one.moved.size > mostNamed || one.touched.size > mostNamed
}

function hold(one: Waiting): void {
  Object.assign(one, { ...nothing(), isHeld: true })
}

/** Works until nobody waits for any sync of one connection. */
async function workOff(options: LiveDeliveryOptions, syncs: readonly Waiting[]): Promise<void> {
  const { lock, signal, ports } = options
  while (syncs.some(isWaiting) && !signal.aborted) {
    const work = chooseWork(syncs, ports.clock.now())
    if (work) await lock.shared((wanted) => carryOut(options, work, wanted))
    else await pause(options, Math.min(...syncs.filter(isWaiting).map(({ lookAt }) => lookAt)))
  }
}

interface Work {
  readonly one: Waiting
  readonly kind: 'look' | 'withdraw' | 'send'
}

/** Who withdrew is looked for and taken off ahead of all other work of the connection. */
function chooseWork(syncs: readonly Waiting[], now: number): Work | undefined {
  const isUnseen = ({ isCrowd, moved, touched, lookAt }: Waiting): boolean =>
    !isCrowd && (moved.size > 0 || (touched.size > 0 && lookAt <= now))
  const kinds = [
    ['look', isUnseen],
    ['withdraw', ({ withdrawn }: Waiting) => withdrawn.length > 0],
    ['send', ({ isCrowd, differing }: Waiting) => isCrowd || differing.length > 0],
  ] as const
  for (const [kind, isDue] of kinds) {
    const one = syncs.find(isDue)
    if (one) return { one, kind }
  }
  return undefined
}

async function pause({ ports: { clock }, signal }: LiveDeliveryOptions, until: number): Promise<void> {
  await clock.sleep(Math.max(until - clock.now(), 1), signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

async function carryOut(options: LiveDeliveryOptions, work: Work, wanted: AbortSignal): Promise<void> {
  const { ports, workspace, actor } = options
  const { one } = work
  // A cycle may have compared everybody while this work waited for its turn.
  if (!isWaiting(one)) return
  const ending = new AbortController()
  const over = afterGrace(options, wanted, ending)
  const cycle: Cycle = {
    ...ports,
    workspace,
    asOf: ports.clock.now(),
    actor,
    signal: AbortSignal.any([options.signal, over]),
    onEvent: () => undefined,
  }
  try {
    if (work.kind === 'look') await look(cycle, one)
    else await send(cycle, one, work.kind)
  } catch (thrown) {
    // Broken off for a cycle, which goes on with it, or failed: either way the next cycle sees to it.
    const { code } = toAffluentError(thrown, 'delivering a segment')
    if (!cycle.signal.aborted) ports.logger.error('live_undelivered', { sync: one.sync.name, code })
    hold(one)
  } finally {
    ending.abort()
  }
}

/** Finds out for whom something is to be sent: of most of those whose data changed, no platform knows what changed. */
async function look(cycle: Cycle, one: Waiting): Promise<void> {
  const people = new Set([...one.moved, ...one.touched, ...one.withdrawn, ...one.differing])
  Object.assign(one, { ...nothing(), lookAt: cycle.asOf + lookEveryMs })
  if (!(await mayFollow(cycle, one.sync))) return hold(one)
  const { withdrawn, changed: differing } = await findDiffering(cycle, one.sync, [...people])
  Object.assign(one, { withdrawn, differing })
}

async function send(cycle: Cycle, one: Waiting, kind: 'withdraw' | 'send'): Promise<void> {
  const withdrawnOnly = kind === 'withdraw'
  const people = withdrawnOnly ? one.withdrawn : one.isCrowd ? undefined : one.differing
  const rest = one.isCrowd ? nothing() : { differing: [] }
  Object.assign(one, withdrawnOnly ? { withdrawn: [] } : rest)
  const ended = await deliverMoved(cycle, one.sync, { people, removedBefore: one.removed, withdrawnOnly })
  if (!ended) return hold(one)
  if (!withdrawnOnly) one.removed += ended.state === 'cancelled' ? 0 : ended.counters.removes
  note(cycle, one, ended)
}

/** Aborts some time after the wish for it; `ending` says that it is not needed any more. */
function afterGrace(
  { ports }: LiveDeliveryOptions,
  wanted: AbortSignal,
  ending: AbortController,
): AbortSignal {
  const over = new AbortController()
  const wait = (): void =>
    void ports.clock.sleep(graceMs, ending.signal).then(
      () => over.abort(),
      () => undefined,
    )
  if (wanted.aborted) wait()
  else wanted.addEventListener('abort', wait, { once: true, signal: ending.signal })
  return over.signal
}

function note({ logger }: Pick<Cycle, 'logger'>, one: Waiting, ended: EndedRun): void {
  const { state, counters, error, runId } = ended
  if (state === 'cancelled' || state === 'parked' || state === 'failed') hold(one)
  const told = { sync: one.sync.name, run: runId, state, rows: counters.planned, count: counters.applied }
  logger.info('live_delivered', { ...told, ...(error && { code: error.code }) })
}

import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type DeliverSyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import type { TouchedReport } from '../../core/port/segment-store.ts'
import type { EndedRun } from '../../core/sync/cycle-event.ts'
import type { Cycle, CyclePorts } from './cycle-ports.ts'
import { deliverMoved } from './deliver-segments.ts'
import type { StageLock } from './stage-lock.ts'
import type { StaleSegments } from './stale-segments.ts'

/** Beyond so many people who wait, all members are compared. */
const mostNamed = 10_000

/** How long a delivery that a cycle waits for may go on, in milliseconds. What it leaves, the cycle resumes. */
const graceMs = 5_000

export interface LiveDeliveryOptions {
  readonly ports: CyclePorts
  readonly workspace: Workspace
  readonly lock: StageLock
  readonly actor: string
  readonly signal: AbortSignal
}

/** Delivers who moved to the audiences of syncs that are live, beside further evaluations. */
export interface LiveDelivery {
  /** Takes who moved; what rests on a stale segment is left to the cycles. */
  add(moved: Pick<TouchedReport, 'moves' | 'movesLeftOut'>, stale: StaleSegments): void
  /** A cycle compared everybody: nothing waits any more. */
  forget(): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Who waits to be delivered for one sync, and what became of those before. */
interface Waiting {
  readonly sync: DeliverSyncManifest
  people: Set<string>
  /** More moved than can be named. */
  isCrowd: boolean
  /** Removals since the last cycle: the guard counts them together. */
  removed: number
  /** Left to the next cycle: the guard spoke, the platform is out of quota, or nothing was delivered before. */
  isHeld: boolean
}

/**
 * Deliveries work as those of cycles do, with the same books, and compare only who moved. One connection has one delivery at a time;
 * connections do not wait for each other. What fails, is held back or was never tried is found by the next cycle, which compares all.
 */
export function createLiveDelivery(options: LiveDeliveryOptions): LiveDelivery {
  const syncs = [...options.workspace.syncs.values()].filter(isDeliverSync)
  const live = syncs.filter(({ when }) => when === 'live')
  const waiting = live.map((sync): Waiting => ({ sync, ...nothing(), removed: 0, isHeld: false }))
  const working = new Map<string, Promise<void>>()

  function begin(connection: string): void {
    const of = waiting.filter(({ sync }) => sync.destination.connection === connection)
    const work = workOff(options, of).finally(() => working.delete(connection))
    working.set(connection, work)
  }

  return {
    add({ moves, movesLeftOut }, stale) {
      for (const one of waiting) {
        const moved = moves.filter(({ segment }) => segment === one.sync.segment)
        if (one.isHeld || stale.has(one.sync.segment) || moved.length + movesLeftOut === 0) continue
        for (const { profileId } of moved) one.people.add(profileId)
        one.isCrowd ||= movesLeftOut > 0 || one.people.size > mostNamed
        const { connection } = one.sync.destination
        if (!working.has(connection)) begin(connection)
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

const nothing = (): Pick<Waiting, 'people' | 'isCrowd'> => ({ people: new Set(), isCrowd: false })

const isDue = ({ people, isCrowd }: Waiting): boolean => isCrowd || people.size > 0

function hold(one: Waiting): void {
  Object.assign(one, { ...nothing(), isHeld: true })
}

/** Works until nobody waits for any sync of one connection. */
async function workOff(options: LiveDeliveryOptions, syncs: readonly Waiting[]): Promise<void> {
  const due = (): Waiting | undefined => syncs.find(isDue)
  for (let one = due(); one && !options.signal.aborted; one = due()) {
    const next = one
    await options.lock.shared((wanted) => deliverOne(options, next, wanted))
  }
}

async function deliverOne(options: LiveDeliveryOptions, one: Waiting, wanted: AbortSignal): Promise<void> {
  const { ports, workspace, actor } = options
  // A cycle may have compared everybody while this delivery waited for its turn.
  if (!isDue(one)) return
  const people = one.isCrowd ? undefined : [...one.people]
  Object.assign(one, nothing())
  const asOf = ports.clock.now()
  const ending = new AbortController()
  const over = afterGrace(options, wanted, ending)
  const cycle: Cycle = {
    ...ports,
    workspace,
    asOf,
    actor,
    signal: AbortSignal.any([options.signal, over]),
    onEvent: () => undefined,
  }
  try {
    const ended = await deliverMoved(cycle, one.sync, { people, removedBefore: one.removed })
    if (ended) note(options, one, ended)
    else hold(one)
  } catch (thrown) {
    // Broken off for a cycle, which goes on with it, or failed: either way the next cycle sees to it.
    const { code } = toAffluentError(thrown, 'delivering a segment')
    if (!cycle.signal.aborted) ports.logger.error('live_undelivered', { sync: one.sync.name, code })
    hold(one)
  } finally {
    ending.abort()
  }
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

function note({ ports }: LiveDeliveryOptions, one: Waiting, ended: EndedRun): void {
  const { state, counters, error, runId } = ended
  one.removed += state === 'cancelled' ? 0 : counters.removes
  if (state === 'cancelled' || state === 'parked' || state === 'failed') hold(one)
  const told = { sync: one.sync.name, run: runId, state, rows: counters.planned, count: counters.applied }
  ports.logger.info('live_delivered', { ...told, ...(error && { code: error.code }) })
}

import Bottleneck from 'bottleneck'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { LimiterCluster } from './limiter-cluster.ts'
import { startingReservoir, toPacing, weightOf, type Pacing } from './rate-pacing.ts'

/** Bottleneck's priorities go from 0, first, to 9. */
const priorities = { interactive: 1, background: 5 } as const
/** How soon a turn is asked for again that Redis failed to queue while it was thought to be well. */
const askAgainMs = 500
/** Places of a call that a dead process never gave back are free again this long after the call's own time. */
const graceMs = 10_000
/** A budget that nobody spends is forgotten by Redis after this many windows, and after an hour at least. */
const forgottenAfterWindows = 2
const hourMs = 3_600_000

/** One call's wish to be sent. */
export interface Turn {
  /** How much of the budget it costs. */
  readonly cost: number
  /** True for what a person waits for: it goes before everything else. */
  readonly interactive: boolean
  /** The longest the call may take, milliseconds. */
  readonly longestMs: number
  readonly signal: AbortSignal
}

export interface TurnQueueOptions {
  readonly budget: RateBudget
  readonly clock: Clock
  /** Absent: the budget is this process's alone. `key` names the budget among all processes. */
  readonly cluster?: { readonly cluster: LimiterCluster; readonly key: string }
}

/** Who may go when: one Bottleneck, in Redis while it can be reached, else here with this process's part of the budget. */
export interface TurnQueue {
  /** Resolves at the turn with how to give the place back; rejects with the signal's reason. */
  take(turn: Turn): Promise<() => void>
  setPace(pace: number): void
}

interface Waiter {
  readonly turn: Turn
  readonly grant: (release: () => void) => void
  settled: boolean
}

interface Queue extends TurnQueueOptions {
  readonly waiting: Set<Waiter>
  pace: number
  limiter: Limiter
}

/**
 * A turn belongs to the waiter, not to the limiter it was first asked of: when Redis is lost or found again, everybody who still
 * waits is queued in the limiter that counts from now on, and whatever an old one says later is void. So nothing hangs on Redis.
 */
export function createTurnQueue(options: TurnQueueOptions): TurnQueue {
  const { budget, cluster } = options
  const limiter = openLimiter(budget, { pace: 1, cluster, isFirst: true })
  const queue: Queue = { ...options, waiting: new Set(), pace: 1, limiter }
  cluster?.cluster.onSession(() => replaceLimiter(queue))
  return {
    take: (turn) => take(queue, turn),
    setPace(pace) {
      queue.pace = pace
      const { bottleneck, share, shared } = queue.limiter
      changeSettings(bottleneck, toPacing(budget, { pace, share, shared }))
    },
  }
}

function take(queue: Queue, turn: Turn): Promise<() => void> {
  const { promise, resolve, reject } = Promise.withResolvers<() => void>()
  const waiter: Waiter = { turn, grant: resolve, settled: false }
  const giveUp = (): void => {
    waiter.settled = true
    queue.waiting.delete(waiter)
    reject(turn.signal.reason)
  }
  if (turn.signal.aborted) giveUp()
  else {
    turn.signal.addEventListener('abort', giveUp, { once: true })
    queue.waiting.add(waiter)
    ask(queue, waiter)
  }
  return promise.finally(() => turn.signal.removeEventListener('abort', giveUp))
}

function ask(queue: Queue, waiter: Waiter): void {
  const asked = queue.limiter
  const { cost, interactive, longestMs } = waiter.turn
  const order = {
    weight: weightOf(queue.budget, cost, asked.share),
    priority: interactive ? priorities.interactive : priorities.background,
    ...(asked.shared && { expiration: longestMs + graceMs }),
  }
  const isVoid = (): boolean => waiter.settled || asked !== queue.limiter
  asked.bottleneck
    .schedule(order, () => (isVoid() ? Promise.resolve() : go(queue, waiter)))
    .catch(async () => {
      // A place that was held beyond its expiration, or a limiter that was given up: neither is a turn.
      if (isVoid()) return
      await queue.clock.sleep(askAgainMs)
      if (!isVoid()) ask(queue, waiter)
    })
}

/** Gives the waiter its turn; the place is taken until it is given back. */
function go(queue: Queue, waiter: Waiter): Promise<void> {
  waiter.settled = true
  queue.waiting.delete(waiter)
  return new Promise((release) => waiter.grant(release))
}

function replaceLimiter(queue: Queue): void {
  const { bottleneck } = queue.limiter
  queue.limiter = openLimiter(queue.budget, { ...queue, isFirst: false })
  void bottleneck.stop({ dropWaitingJobs: true }).catch(() => undefined)
  // The first turn is nobody's: it stands for the call that the old limiter may have let go just now.
  void queue.limiter.bottleneck
    .schedule({ priority: 0, weight: 0 }, () => Promise.resolve())
    .catch(() => undefined)
  for (const waiter of queue.waiting) ask(queue, waiter)
}

/** A Redis that does not answer now gets the settings with the next session. Bottleneck's types hide that this is a promise. */
function changeSettings(bottleneck: Bottleneck, pacing: Pacing): void {
  void Promise.resolve(bottleneck.updateSettings(pacing)).catch(() => undefined)
}

interface Limiter {
  readonly bottleneck: Bottleneck
  readonly shared: boolean
  readonly share: number
}

interface OpenLimiter {
  readonly cluster?: TurnQueueOptions['cluster'] | undefined
  readonly pace: number
  /** A limiter that replaces another starts with nothing to spend at once: that was spent already. */
  readonly isFirst: boolean
}

function openLimiter(budget: RateBudget, { pace, cluster, isFirst }: OpenLimiter): Limiter {
  const session = cluster?.cluster.session
  const share = session ? 1 : 1 / (cluster?.cluster.processes ?? 1)
  const pacing = toPacing(budget, { pace, share, shared: session !== undefined })
  const burst = startingReservoir(budget, share)
  const bottleneck = new Bottleneck({
    ...pacing,
    ...(burst !== undefined && { reservoir: isFirst ? burst : 0 }),
    ...(session &&
      cluster && {
        id: `affluent/${cluster.key}`,
        datastore: 'ioredis',
        connection: session.connection,
        timeout: Math.max(hourMs, forgottenAfterWindows * budget.windowMs),
      }),
  })
  // Faults of Redis: the cluster notices and logs them, and the turns are asked for elsewhere.
  bottleneck.on('error', () => undefined)
  void bottleneck.ready().catch(() => undefined)
  // The settings that Redis knows may be those of an older version of the hub, or of a pace that is past.
  if (session) changeSettings(bottleneck, pacing)
  return { bottleneck, shared: session !== undefined, share }
}

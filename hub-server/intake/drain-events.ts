import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { eventConnection } from '../../core/manifest/event-streams.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { EventSpool, KeptCall } from '../../core/port/event-spool.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import { sortEvents } from './sort-events.ts'

/** Bytes of calls that go into the warehouse at once: some ten thousand events, a block of its later stages. */
const bytesAtOnce = 4 * 1024 ** 2

/** After the first call of a burst, so that a transaction holds more than one event, in milliseconds. */
const gatherMs = 50

/** After a failure, in milliseconds. */
const pauseMs = 5_000

/** How long a drained call is kept for `affluent events tail`, in milliseconds. */
const keptForMs = 60_000

/** How long events are known by their ids, in milliseconds: what Segment promises at least. */
const rememberedMs = 7 * 86_400_000

/** How often what is too old is looked for, in milliseconds. It holds the event loop: often and little instead of a minute's calls at once. */
const forgetEveryMs = 2_000

export interface EventDrainOptions {
  readonly spool: EventSpool
  readonly profiles: Pick<ProfileStore, 'writePage'>
  readonly newRunId: () => string
  readonly clock: Clock
}

/** Told after each micro-batch how many records became durable in the warehouse: who must see events soon begins here. */
export type OnDrained = (records: number) => void

/** Brings events from the spool into the warehouse. */
export interface EventDrain {
  /**
   * Drains what waits when it begins, or less when the signal aborts, and gives the number of records written. What comes meanwhile has
   * woken somebody for the next one: a drain that is slower than its senders must not hold up what follows on it. One runs at a time.
   * Throws what the stores throw; what was not settled is drained again.
   */
  drain(signal?: AbortSignal, onDrained?: OnDrained): Promise<number>
}

/**
 * A page is durable in the warehouse before its calls are settled, so a process that dies in between writes it again, which changes
 * nothing: the record of an event is named by the event's id.
 */
export function createEventDrain(options: EventDrainOptions): EventDrain {
  const { spool, clock } = options
  let last: Promise<unknown> = Promise.resolve()
  let forgotAt = -Infinity

  function forget(): void {
    const now = clock.now()
    if (now - forgotAt < forgetEveryMs) return
    forgotAt = now
    spool.forget({ calls: now - keptForMs, marks: now - rememberedMs })
  }

  async function drainAll(signal?: AbortSignal, onDrained?: OnDrained): Promise<number> {
    let records = 0
    let due = spool.waitingBytes()
    do {
      if (signal?.aborted) return records
      const calls = spool.waiting(bytesAtOnce)
      if (calls.length === 0) break
      const written = await drainCalls(options, calls)
      records += written
      due -= bytesOf(calls)
      onDrained?.(written)
    } while (due > 0)
    forget()
    return records
  }

  return {
    drain(signal, onDrained) {
      const run = (): Promise<number> => drainAll(signal, onDrained)
      const turn = last.then(run, run)
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

const bytesOf = (calls: readonly KeptCall[]): number =>
  calls.reduce((sum, { body }) => sum + body.byteLength, 0)

async function drainCalls(
  { spool, profiles, newRunId, clock }: EventDrainOptions,
  calls: readonly KeptCall[],
): Promise<number> {
  const { pages, marks, fates } = sortEvents(calls, (codes) => spool.known(codes))
  const receivedAt = calls.at(-1)?.receivedAt ?? clock.now()
  for (const [stream, page] of pages)
    if (page.records.length + page.quarantined.length > 0)
      await profiles.writePage({
        stream: { connection: eventConnection, stream },
        runId: newRunId(),
        receivedAt,
        // What is prepared ahead keeps the warehouse to one thread until the refresh.
        refreshFollows: false,
        ...page,
      })
  spool.settle({
    through: calls.at(-1)?.number ?? 0,
    bytes: bytesOf(calls),
    marks,
    fates,
    at: clock.now(),
  })
  return marks.length
}

/** A drain that works beside a hub that stays up. */
export interface DrainLoop {
  /** Calls wait. */
  wake(): void
  /** Ends the loop after the page that is under way. */
  stop(): Promise<void>
}

interface DrainLoopOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly onDrained: OnDrained
}

/** Drains whenever it is woken, shortly after, so that a burst is a few pages. What fails is told and tried again. */
export function startDrainLoop(drain: EventDrain, { clock, logger, onDrained }: DrainLoopOptions): DrainLoop {
  const stopping = new AbortController()
  const { signal } = stopping
  let woken = Promise.withResolvers<void>()

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      await woken.promise
      if (signal.aborted) return
      woken = Promise.withResolvers<void>()
      try {
        await pause(clock, gatherMs, signal)
        await drain.drain(signal, onDrained)
      } catch (thrown) {
        logger.error('events_undrained', { code: toAffluentError(thrown, 'draining events').code })
        woken.resolve()
        await pause(clock, pauseMs, signal)
      }
    }
  }

  const ended = loop()
  return {
    wake: () => woken.resolve(),
    async stop() {
      stopping.abort()
      woken.resolve()
      await ended
    },
  }
}

/** Waits, or less when the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

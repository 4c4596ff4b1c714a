import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { WaitingSignal } from '../../core/port/inbox.ts'
import type { Cycle } from './cycle-ports.ts'
import { followPicks } from './follow-picks.ts'
import { followSignals } from './follow-signals.ts'

/** Signals followed at once: one transaction of the warehouse for each connection and stream among them. */
const signalsAtOnce = 1000

/**
 * How long a handled signal is remembered, in milliseconds: far beyond the 24 hours for which HubSpot and Salesforce repeat a message.
 * One that comes again later is followed again, which changes nothing.
 */
const rememberedMs = 7 * 86_400_000

/** Drops what was handled long ago. */
export async function forgetHandled({ control, clock, logger }: Cycle): Promise<void> {
  try {
    await control.forgetSignals(clock.now() - rememberedMs)
  } catch (thrown) {
    logger.warn('inbox_unread', { code: toAffluentError(thrown, 'forgetting handled signals').code })
  }
}

/**
 * Follows what waits in the inbox, oldest first. A signal is settled after it was followed, so a
 * process that dies in between follows it again. What cannot be followed waits for the next cycle: no run fails for it.
 */
export async function readInbox(cycle: Cycle): Promise<number> {
  let count = 0
  try {
    for (;;) {
      const waiting = await cycle.control.waitingSignals(signalsAtOnce)
      if (waiting.length === 0) break
      await followWaiting(cycle, waiting)
      count += waiting.length
      if (cycle.signal.aborted) throw new AffluentError('run.aborted')
    }
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'following signals')
    cycle.logger.warn('inbox_unread', { code, count })
  }
  return count
}

async function followWaiting(cycle: Cycle, waiting: readonly WaitingSignal[]): Promise<void> {
  await noteTraces(cycle, waiting)
  for (const [connection, of] of Map.groupBy(waiting, (told) => told.connection)) {
    await followSignals(
      cycle,
      connection,
      of.map(({ signal }) => signal),
    )
  }
  await followPicks(cycle, waiting)
  await cycle.control.settleSignals(waiting.map(({ number }) => number))
}

/** Says in the trace of each request that told something which cycle followed it: a cycle goes on in one trace, and follows what many told. */
async function noteTraces({ telemetry }: Cycle, waiting: readonly WaitingSignal[]): Promise<void> {
  const follower = telemetry.carried()?.split('-')[1]
  const traces = new Set(waiting.flatMap(({ trace }) => trace ?? []))
  for (const trace of traces)
    await telemetry.continue(trace, () =>
      telemetry.trace('signals followed', { cycle: follower }, () => Promise.resolve()),
    )
}

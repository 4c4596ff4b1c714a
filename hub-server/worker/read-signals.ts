import type { BoundSignalFeed } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { byConnection } from './by-connection.ts'
import { connectQuietly } from './connect-quietly.ts'
import type { Cycle } from './cycle-ports.ts'
import { followSignals } from './follow-signals.ts'
import { forgetHandled, readInbox } from './read-inbox.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Reads the change feeds of all connections, then what platforms pushed into the inbox, and follows both in the same way. A feed that
 * fails is read again in the next cycle from the same place: signals are hints, so no run fails for them.
 */
export async function readSignals(cycle: Cycle): Promise<void> {
  await forgetHandled(cycle)
  const feeds: { connection: string; feed: BoundSignalFeed }[] = []
  for (const name of cycle.workspace.connections.keys()) {
    const connection = await connectQuietly(cycle, name)
    for (const feed of connection?.signalFeeds ?? []) feeds.push({ connection: name, feed })
  }
  const [waiting] = await cycle.control.waitingSignals(1)
  if (feeds.length === 0 && !waiting) return
  await runSharedStage(cycle, 'signals', async () => {
    const counts = await byConnection(
      feeds,
      ({ connection }) => connection,
      ({ connection, feed }) => readFeed(cycle, connection, feed),
    )
    const fromFeeds = counts.reduce((sum, count) => sum + count, 0)
    return { signals: fromFeeds + (await readInbox(cycle)) }
  })
}

async function readFeed(cycle: Cycle, connection: string, feed: BoundSignalFeed): Promise<number> {
  const place = `signals/${connection}/${feed.name}`
  let count = 0
  try {
    const cursor = (await cycle.control.checkpoint(place)) ?? null
    for await (const page of feed.read({ cursor, signal: cycle.signal })) {
      const erasures = page.signals.filter(({ kind }) => kind === 'erased')
      const hints = page.signals.filter(({ kind }) => kind !== 'erased')
      // Somebody who is to be erased must be remembered until that is done: the inbox does so, whoever told it.
      await cycle.control.keepSignals(erasures.map((signal) => ({ connection, signal })))
      await followSignals(cycle, connection, hints)
      await cycle.control.writeCheckpoint(place, page.cursor)
      count += hints.length
    }
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'reading a change feed')
    cycle.logger.warn('signals_unread', { connection, code })
  }
  return count
}

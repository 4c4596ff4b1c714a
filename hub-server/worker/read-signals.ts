import type { BoundSignalFeed, Connection } from '../../core/connector/connector.ts'
import type { ChangeSignal } from '../../core/connector/signal.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type Workspace } from '../../core/manifest/manifest.ts'
import type { Cycle } from './cycle-ports.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Reads the change feeds of all connections and acts on what an incremental pull cannot see: objects that are gone, and members whom
 * somebody took off an audience by hand. Everything else is a hint that the next pull follows by itself. A feed that fails is read
 * again in the next cycle from the same place: signals are hints, so no run fails for them.
 */
export async function readSignals(cycle: Cycle): Promise<void> {
  const feeds: { connection: string; feed: BoundSignalFeed }[] = []
  for (const name of cycle.workspace.connections.keys()) {
    const connection = await connectQuietly(cycle, name)
    for (const feed of connection?.signalFeeds ?? []) feeds.push({ connection: name, feed })
  }
  if (feeds.length === 0) return
  await runSharedStage(cycle, 'signals', async () => {
    let signals = 0
    for (const { connection, feed } of feeds) signals += await readFeed(cycle, connection, feed)
    return { signals }
  })
}

/** A connection that cannot be opened is told by its own syncs. */
async function connectQuietly(cycle: Cycle, name: string): Promise<Connection | undefined> {
  try {
    return await cycle.connect(name)
  } catch (thrown) {
    cycle.logger.warn('connection_unopened', {
      connection: name,
      code: toAffluentError(thrown, 'connecting').code,
    })
    return undefined
  }
}

async function readFeed(cycle: Cycle, connection: string, feed: BoundSignalFeed): Promise<number> {
  const place = `signals/${connection}/${feed.name}`
  let count = 0
  try {
    const cursor = (await cycle.control.checkpoint(place)) ?? null
    for await (const page of feed.read({ cursor, signal: cycle.signal })) {
      await followSignals(cycle, connection, page.signals)
      await cycle.control.writeCheckpoint(place, page.cursor)
      count += page.signals.length
    }
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'reading a change feed')
    cycle.logger.warn('signals_unread', { connection, code })
  }
  return count
}

/** What a page of signals means for the warehouse. Idempotent: signals come twice and late. */
async function followSignals(
  cycle: Pick<Cycle, 'profiles' | 'deliveries' | 'control' | 'workspace' | 'clock' | 'logger' | 'newRunId'>,
  connection: string,
  signals: readonly ChangeSignal[],
): Promise<void> {
  const gone = signals.filter(({ kind }) => kind === 'deleted' || kind === 'erased')
  for (const [stream, of] of Map.groupBy(gone, (signal) => signal.stream ?? '')) {
    if (pulledStreams(cycle.workspace, connection).has(stream))
      await markDeleted(cycle, { connection, stream }, of)
  }
  if (signals.some(({ kind }) => kind === 'uninstalled'))
    cycle.logger.warn('connection_uninstalled', { connection })
  for (const sync of cycle.workspace.syncs.values()) {
    if (!isDeliverSync(sync) || sync.destination.connection !== connection) continue
    const audience = await cycle.control.audience(sync.name)
    const removed = signals.filter(
      (signal) => signal.kind === 'member_removed' && signal.audienceId === audience?.externalId,
    )
    const removals = removed.flatMap(({ externalId, occurredAt }) =>
      externalId === undefined ? [] : [{ key: externalId, occurredAt }],
    )
    if (removals.length > 0) await cycle.deliveries.noteRemovedElsewhere(sync.name, removals)
  }
}

/** Objects of a stream that nobody pulls are none of the hub's: a feed tells of the whole account. */
function pulledStreams(workspace: Workspace, connection: string): ReadonlySet<string> {
  const pulls = [...workspace.syncs.values()].flatMap((sync) => (isDeliverSync(sync) ? [] : [sync.source]))
  return new Set(pulls.filter((source) => source.connection === connection).map(({ stream }) => stream))
}

async function markDeleted(
  { profiles, clock, newRunId }: Pick<Cycle, 'profiles' | 'clock' | 'newRunId'>,
  stream: { readonly connection: string; readonly stream: string },
  signals: readonly ChangeSignal[],
): Promise<void> {
  const records = signals.flatMap(({ externalId, occurredAt }) =>
    externalId === undefined ? [] : [{ externalId, versionAt: occurredAt, deleted: true, fields: {} }],
  )
  await profiles.writePage({ stream, runId: newRunId(), receivedAt: clock.now(), records, quarantined: [] })
}

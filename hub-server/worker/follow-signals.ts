import type { ChangeSignal } from '../../core/connector/signal.ts'
import { isDeliverSync, type Workspace } from '../../core/manifest/manifest.ts'
import type { Cycle } from './cycle-ports.ts'
import { noteOptOuts } from './note-opt-outs.ts'

/**
 * What signals of a connection mean for the warehouse, whichever way they came: objects that are gone, and members whom somebody took
 * off an audience by hand, and opt-outs, which hold from here on. Everything else is a hint that the next pull follows by itself. Idempotent: signals come twice and late.
 */
export async function followSignals(
  cycle: Cycle,
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
  await noteRemovals(cycle, connection, signals)
  await noteOptOuts(cycle, connection, signals)
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

async function noteRemovals(
  cycle: Cycle,
  connection: string,
  signals: readonly ChangeSignal[],
): Promise<void> {
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

import { isDeliverSync, type Workspace } from '../../core/manifest/manifest.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { StreamRef } from '../../core/port/profile-store.ts'
import { isJsonObject } from '../../core/profile/read-field.ts'

/**
 * Has the next run read these streams from their beginning instead of what changed. How much the last complete read gave is kept, so
 * that a source that comes back empty is still not believed. Returns the names of the syncs.
 */
export async function readAgain(
  control: ControlStore,
  workspace: Workspace,
  streams: readonly StreamRef[],
): Promise<readonly string[]> {
  const syncs = [...workspace.syncs.values()].filter(
    (sync) =>
      !isDeliverSync(sync) &&
      streams.some(
        ({ connection, stream }) => sync.source.connection === connection && sync.source.stream === stream,
      ),
  )
  for (const { name } of syncs) {
    const checkpoint: JsonValue | undefined = await control.checkpoint(name)
    if (isJsonObject(checkpoint))
      await control.writeCheckpoint(name, { ...checkpoint, cursor: null, unfinished: false })
  }
  return syncs.map(({ name }) => name)
}

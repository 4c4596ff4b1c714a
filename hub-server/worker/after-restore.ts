import type { BoundDestination } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import { isDeliverSync } from '../../core/manifest/manifest.ts'
import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Cycle } from './cycle-ports.ts'

/** Name of the setting that says when the backup was made that a sync was restored from; empty once its audience was compared and settled. */
const restoredFrom = (sync: string): string => `restored_from/${sync}`

type Settings = Pick<ControlStore, 'setting' | 'writeSetting'>

/**
 * Notes in a store that comes out of a backup that no audience is to be trusted yet. Approvals that were given before hold no longer; runs that were
 * under way are abandoned by the next cycle.
 */
export async function noteRestored(control: ControlStore, madeAt: number): Promise<void> {
  for (const { document } of await control.appliedManifests()) {
    const manifest = parseManifest(document)
    if (manifest.kind === 'sync' && isDeliverSync(manifest))
      await control.writeSetting(restoredFrom(manifest.name), String(madeAt))
  }
  for (const state of ['awaiting_approval', 'parked'] as const)
    for (const run of await control.runs({ state })) await control.updateRun(run.id, { state: 'cancelled' })
}

/** True while nothing may be sent for this sync without a person. */
export async function isRestored(control: Settings, sync: string): Promise<boolean> {
  return ((await control.setting(restoredFrom(sync))) ?? '') !== ''
}

/** The audience is as the hub knows it again. */
export function noteSettled(control: Settings, sync: string): Promise<void> {
  return control.writeSetting(restoredFrom(sync), '')
}

/**
 * Compares what a restored hub believes of an audience with the platform, where that lets its members be read: who is not there is no longer taken
 * for delivered, and who is there again is. Where members cannot be read, the plan rests on the backup; a person sees it either way.
 */
export async function compareAudience(
  cycle: Cycle,
  sync: DeliverSyncManifest,
  destination: BoundDestination,
): Promise<void> {
  const audience = await cycle.control.audience(sync.name)
  if (!audience || !destination.capabilities.readMembers || !destination.readMembers) return
  try {
    const found = await cycle.deliveries.compareMembers(
      sync.name,
      destination.readMembers(audience, cycle.signal),
    )
    cycle.logger.warn('audience_compared', { sync: sync.name, count: found.missing, entered: found.returned })
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'comparing an audience after a restore')
    cycle.logger.warn('audience_not_compared', { sync: sync.name, code })
  }
}

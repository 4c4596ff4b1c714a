import type { BoundDestination } from '../connector/connector.ts'
import type { Audience } from '../connector/destination.ts'
import { PlatformError } from '../errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { ControlStore } from '../port/control-store.ts'

/**
 * Finds the audience of a sync, or creates it the first time. An audience that was written to before and is gone is never made anew
 * silently: ads and workflows hang on its id, so a person decides. An error while looking never leads to creating.
 */
export async function findOrCreateAudience(
  control: ControlStore,
  sync: DeliverSyncManifest,
  destination: BoundDestination,
): Promise<{ readonly audience: Audience; readonly created: boolean }> {
  const known = await control.audience(sync.name)
  const { audience: name, settings = {} } = sync.destination
  if (known) {
    const found = await destination.find({ name, externalId: known.externalId, settings })
    if (found?.externalId !== known.externalId) {
      throw unusable(sync, `the audience with id ${known.externalId} is no longer there`)
    }
    return { audience: found, created: false }
  }
  const found = await destination.find({ name, settings })
  if (found) {
    await control.writeAudience(sync.name, found)
    return { audience: found, created: false }
  }
  if (!destination.capabilities.create || !destination.create) {
    throw unusable(
      sync,
      'there is no such audience, and this platform does not let it be created from outside',
    )
  }
  const created = await destination.create({ name, settings })
  await control.writeAudience(sync.name, created)
  return { audience: created, created: true }
}

function unusable(sync: DeliverSyncManifest, said: string): PlatformError {
  return new PlatformError('platform.audience_unusable', {
    act: 'looking for the audience',
    sync: sync.name,
    audience: sync.destination.audience,
    said,
  })
}

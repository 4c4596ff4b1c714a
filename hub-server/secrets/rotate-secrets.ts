import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { KeyPurpose, Rotation } from '../../core/port/secret-store.ts'
import type { DataKeys } from './data-keys.ts'
import { adoptNextKey, makeNextKey } from './wrapping-keys.ts'

/** Purposes whose keys may change: digests of suppressed and erased people cannot be made anew, as nobody knows them any more. */
const renewable: readonly KeyPurpose[] = ['access', 'erasure']

export interface RotationDesk {
  readonly control: ControlStore
  readonly dataKeys: DataKeys
  /** The workspace's own key file; undefined where the wrapping key comes from elsewhere, and is changed there. */
  readonly ownKeyFile: string | undefined
  readonly clock: Clock
  readonly actor: string
}

/**
 * Gives every purpose a new data key, seals all secrets with it and destroys the keys before the last rotation; replaces the wrapping key where it is the
 * workspace's own. Work goes on meanwhile: a secret that is written in between is sealed with the new key already. A process that dies at
 * any point leaves secrets that old or new keys open, and the next rotation ends what is left.
 */
export async function rotateSecrets(desk: RotationDesk): Promise<Rotation> {
  const { control, dataKeys, ownKeyFile, clock, actor } = desk
  for (const purpose of renewable) await dataKeys.renew(purpose)
  const rotation = {
    ...(await sealAnew(desk)),
    wrappingKeyReplaced: ownKeyFile !== undefined,
  }
  for (const purpose of renewable) {
    // The last key but one stays until the next rotation: a secret may have been sealed with it and not be written yet.
    await control.removeWrappedKeys(purpose, dataKeys.version(purpose) - 1)
  }
  if (ownKeyFile !== undefined) {
    await dataKeys.wrapWith(makeNextKey(ownKeyFile))
    adoptNextKey(ownKeyFile)
  }
  await control.appendAudit({
    at: clock.now(),
    actor,
    action: 'secrets_rotated',
    object: 'hub/secrets',
    details: { ...rotation },
  })
  return rotation
}

/** Seals every secret that an older key sealed, until none is left: one that was written while this went on may be sealed with either. */
async function sealAnew({ control, dataKeys }: RotationDesk): Promise<Omit<Rotation, 'wrappingKeyReplaced'>> {
  let [resealed, overtaken] = [0, 0]
  for (;;) {
    const texts = await control.sealedTexts()
    const old = texts.filter(({ purpose, sealed }) => !dataKeys.isNewest(purpose, sealed))
    if (old.length === 0) return { resealed, overtaken }
    for (const text of old) {
      const box = dataKeys.box(text.purpose)
      const replaced = await control.replaceSealed(
        text,
        box.seal(box.open(text.sealed, text.place), text.place),
      )
      if (replaced) resealed += 1
      else overtaken += 1
    }
  }
}

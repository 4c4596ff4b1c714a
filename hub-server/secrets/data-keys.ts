import { randomBytes } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import type { KeyPurpose, WrappedKey } from '../../core/port/secret-store.ts'
import { createSecretBox } from './secret-box.ts'
import type { WrappingKey, WrappingKeys } from './wrapping-keys.ts'

const keyBytes = 32
const purposes: readonly KeyPurpose[] = ['access', 'erasure', 'digest', 'audit']

type KeyStore = Pick<ControlStore, 'wrappedKeys' | 'writeWrappedKeys' | 'setting' | 'sealedTexts'>

/**
 * The keys that secrets are sealed with (envelope encryption): one for each purpose and version, in memory while the hub runs, in the
 * store only as wrapped by a key that is kept elsewhere.
 */
export interface DataKeys {
  /** Seals with the newest version of a purpose and opens with the one that a text names. */
  readonly box: (purpose: KeyPurpose) => Sealer
  /** The newest key's bytes, for what is derived from it. */
  readonly bytes: (purpose: KeyPurpose) => Uint8Array
  /** The newest version. */
  readonly version: (purpose: KeyPurpose) => number
  /** True when the text is sealed with the newest version. */
  readonly isNewest: (purpose: KeyPurpose, sealed: string) => boolean
  /** Adds a version, durably before anything is sealed with it. */
  readonly renew: (purpose: KeyPurpose) => Promise<void>
  /** Wraps all keys with another wrapping key, in one transaction. */
  readonly wrapWith: (key: WrappingKey) => Promise<void>
}

/**
 * Opens the data keys, makes those that are missing, and wraps anew what an earlier wrapping key had wrapped. Throws
 * `secrets.key_unfit` when none of the wrapping keys opens them.
 */
export async function openDataKeys(
  store: KeyStore,
  wrappingKeys: WrappingKeys,
  clock: Clock,
): Promise<DataKeys> {
  const stored = await store.wrappedKeys()
  const keys = new Map(stored.map((wrapped) => [placeOf(wrapped), unwrap(wrapped, wrappingKeys)]))
  let [wrapping] = wrappingKeys
  const newest = new Map<KeyPurpose, number>()
  for (const { purpose, version } of stored) newest.set(purpose, Math.max(version, newest.get(purpose) ?? 0))

  const versionOf = (purpose: KeyPurpose): number => newest.get(purpose) ?? 0
  function keyOf(purpose: KeyPurpose, version: number): Uint8Array {
    const key = keys.get(placeOf({ purpose, version }))
    if (key) return key
    throw new AffluentError('store.damaged', { act: 'opening a sealed secret', reason: 'its key is gone' })
  }
  async function add(purpose: KeyPurpose, key: Uint8Array): Promise<void> {
    const next = { purpose, version: versionOf(purpose) + 1, createdAt: clock.now() }
    await store.writeWrappedKeys([wrap(next, key, wrapping)])
    keys.set(placeOf(next), key)
    newest.set(purpose, next.version)
  }
  async function wrapAll(key: WrappingKey): Promise<void> {
    const wrapped = await store.wrappedKeys()
    await store.writeWrappedKeys(wrapped.map((each) => wrap(each, keyOf(each.purpose, each.version), key)))
    wrapping = key
  }

  const first = await readFirstKey(store, wrapping)
  for (const purpose of purposes)
    if (versionOf(purpose) === 0) await add(purpose, first ?? randomBytes(keyBytes))
  if (stored.some(({ wrappedBy }) => wrappedBy !== wrapping.fingerprint)) await wrapAll(wrapping)
  return {
    box: (purpose) => ({
      seal: (text, place) => {
        const version = versionOf(purpose)
        return `${version}.${createSecretBox(keyOf(purpose, version)).seal(text, place)}`
      },
      open: (sealed, place) => {
        const { version, text } = readSealed(sealed)
        return createSecretBox(keyOf(purpose, version)).open(text, place)
      },
    }),
    bytes: (purpose) => keyOf(purpose, versionOf(purpose)),
    version: versionOf,
    isNewest: (purpose, sealed) => readSealed(sealed).version === versionOf(purpose),
    renew: (purpose) => add(purpose, randomBytes(keyBytes)),
    wrapWith: wrapAll,
  }
}

const placeOf = ({ purpose, version }: Pick<WrappedKey, 'purpose' | 'version'>): string =>
  `data_key/${purpose}/${version}`

/** Before there were data keys, texts were sealed with the wrapping key itself, and named no version: that key is their version 1. */
function readSealed(sealed: string): { version: number; text: string } {
  const [, version = '1', text = sealed] = /^(\d{1,9})\.(.*)$/s.exec(sealed) ?? []
  return { version: Number(version), text }
}

/** The key that the first version of each purpose is made of, where the store holds texts of before. */
async function readFirstKey(store: KeyStore, { bytes }: WrappingKey): Promise<Uint8Array | undefined> {
  if ((await store.setting('sealed_with_wrapping_key')) !== 'true') return undefined
  const [text] = await store.sealedTexts()
  // Fails where the key is another one than these texts were sealed with, before anything is derived from it.
  if (text) createSecretBox(bytes).open(text.sealed, text.place)
  return bytes
}

function wrap(
  { purpose, version, createdAt }: Pick<WrappedKey, 'purpose' | 'version' | 'createdAt'>,
  key: Uint8Array,
  by: WrappingKey,
): WrappedKey {
  const text = Buffer.from(key).toString('base64')
  const wrapped = createSecretBox(by.bytes).seal(text, placeOf({ purpose, version }))
  return { purpose, version, createdAt, wrapped, wrappedBy: by.fingerprint }
}

function unwrap(wrapped: WrappedKey, wrappingKeys: WrappingKeys): Uint8Array {
  const by = wrappingKeys.find(({ fingerprint }) => fingerprint === wrapped.wrappedBy)
  if (!by) {
    const [{ fingerprint }] = wrappingKeys
    throw new AffluentError('secrets.key_unfit', {
      act: 'opening the secrets',
      given: fingerprint,
      wanted: wrapped.wrappedBy,
    })
  }
  return Buffer.from(createSecretBox(by.bytes).open(wrapped.wrapped, placeOf(wrapped)), 'base64')
}

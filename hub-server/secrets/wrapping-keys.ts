import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { writeDurably } from '../store/write-durably.ts'

const keyBytes = 32
/** A key service answers within a second or two; a hub that waits longer at its start looks hung. */
const commandTimeoutMs = 30_000

/** Where the key that opens all others comes from. At most one of the first three is given; none: the workspace's own file. */
export interface SecretSettings {
  /** 32 bytes in base64. */
  readonly key?: string | undefined
  /** A file that holds it, such as a mounted secret. */
  readonly file?: string | undefined
  /** A shell command that prints it: a key service's client, for instance. */
  readonly command?: string | undefined
  /** The key before the present one, until the hub was started once with both. */
  readonly previous?: string | undefined
}

/** A key that opens data keys. It is never stored beside them but in the workspace's own file. */
export interface WrappingKey {
  /** The first 16 digits of a digest of the key: names it, and gives nothing of it away. */
  readonly fingerprint: string
  readonly bytes: Uint8Array
}

/** The key to wrap with first, then those that older wraps may need. */
export type WrappingKeys = readonly [WrappingKey, ...WrappingKey[]]

/**
 * Reads the wrapping keys. The workspace's own key file is made, readable by its owner only, when nothing else is given. Throws
 * `secrets.key_unreadable` when the named source gives no key of 32 bytes.
 */
export function readWrappingKeys(settings: SecretSettings, ownFile: string): WrappingKeys {
  const previous =
    settings.previous === undefined ? [] : [toKey(settings.previous, 'AFFLUENT_PREVIOUS_SECRET_KEY')]
  if (settings.key !== undefined) return [toKey(settings.key, 'AFFLUENT_SECRET_KEY'), ...previous]
  if (settings.file !== undefined) return [toKey(readKeyFile(settings.file), settings.file), ...previous]
  if (settings.command !== undefined)
    return [toKey(runCommand(settings.command), 'AFFLUENT_SECRET_KEY_COMMAND'), ...previous]
  return [...readOwnKeys(ownFile), ...previous]
}

/** True when the key is the workspace's own file, which the hub may replace by itself. */
export const isOwnKey = ({ key, file, command }: SecretSettings): boolean =>
  key === undefined && file === undefined && command === undefined

/**
 * Makes a new key beside the workspace's own, durably. It counts only once data keys are wrapped with it and `adoptNextKey` put it in the
 * place of the old one; a process that dies in between leaves both, and both are tried at the next start.
 */
export function makeNextKey(ownFile: string): WrappingKey {
  const text = randomBytes(keyBytes).toString('base64')
  writeDurably(nextFile(ownFile), text)
  return toKey(text, nextFile(ownFile))
}

export function adoptNextKey(ownFile: string): void {
  renameSync(nextFile(ownFile), ownFile)
}

const nextFile = (ownFile: string): string => `${ownFile}.next`

function readOwnKeys(file: string): [WrappingKey, ...WrappingKey[]] {
  if (!existsSync(file)) writeDurably(file, randomBytes(keyBytes).toString('base64'))
  // A copy that was put back may be readable by others.
  chmodSync(file, 0o600)
  const next = nextFile(file)
  const own = toKey(readKeyFile(file), file)
  return existsSync(next) ? [own, toKey(readKeyFile(next), next)] : [own]
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

function runCommand(command: string): string {
  try {
    return execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      timeout: commandTimeoutMs,
      maxBuffer: 65_536,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    throw unreadable('AFFLUENT_SECRET_KEY_COMMAND', error)
  }
}

function toKey(text: string, place: string): WrappingKey {
  const bytes = Buffer.from(text.trim(), 'base64')
  if (bytes.length !== keyBytes) throw unreadable(place)
  const fingerprint = createHash('sha256')
    .update('affluent wrapping key')
    .update(bytes)
    .digest('hex')
    .slice(0, 16)
  return { fingerprint, bytes }
}

function unreadable(place: string, cause?: unknown): AffluentError {
  const act = 'reading the key of the secrets'
  // A failed command's error repeats what the command printed, which may be the key.
  const isFile = cause instanceof Error && 'code' in cause && place !== 'AFFLUENT_SECRET_KEY_COMMAND'
  return new AffluentError('secrets.key_unreadable', { act, place }, isFile ? { cause } : {})
}

import type { Clock } from '../../core/port/clock.ts'
import type { WriteKeys } from '../../core/port/write-keys.ts'
import { sha256 } from '../store/sha256.ts'

/** How long a revoked key may still be taken, and a new one be refused, in milliseconds. */
const freshForMs = 2_000

/** The source that a key was made for; undefined for a key that is not in force. */
export type FindSource = (key: string) => Promise<string | undefined>

/** Looks keys up by their digests, which are read again every two seconds: no event waits for the control store. */
export function createKeyRing(keys: Pick<WriteKeys, 'writeKeySources'>, clock: Clock): FindSource {
  let readAt = -Infinity
  let reading: Promise<ReadonlyMap<string, string>> = Promise.resolve(new Map())
  return async (key) => {
    if (clock.now() - readAt >= freshForMs) {
      readAt = clock.now()
      reading = keys.writeKeySources(readAt)
      reading.catch(() => {
        readAt = -Infinity
      })
    }
    return (await reading).get(sha256(key))
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { InvalidRequest } from '../api/invalid-request.ts'
import { deriveKey } from './derive-key.ts'

/**
 * Places in lists, as they are handed out: nobody but this hub can make or read one, and none fits another list. A place may name what its
 * caller sees masked.
 */
export interface Cursors {
  /** `list` names the list with its filters. */
  make(list: string, position: string): string
  /** The position; undefined where there is no cursor. Throws `InvalidRequest`. */
  read(list: string, cursor: string | undefined): string | undefined
  /** The first `limit` of what was found, one more than that having been looked for, and where the next page begins. */
  page<Entry>(list: string, found: readonly Entry[], order: PageOrder<Entry>): Page<Entry>
}

interface PageOrder<Entry> {
  readonly limit: number
  /** Where a page goes on that comes after this entry. */
  readonly positionOf: (last: Entry) => string
}

interface Page<Entry> {
  readonly entries: readonly Entry[]
  readonly nextCursor: string | null
}

const algorithm = 'aes-256-gcm'
const [nonceBytes, tagBytes] = [12, 16]

/** Seals places with a key of its own, derived from a secret of the hub. */
export function createCursors(secret: Uint8Array): Cursors {
  const key = deriveKey(secret, 'affluent cursor 2')
  const make: Cursors['make'] = (list, position) => {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(list))
    const sealed = Buffer.concat([cipher.update(position, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
  }
  return {
    make,
    read(list, cursor) {
      if (cursor === undefined) return undefined
      const bytes = Buffer.from(cursor, 'base64url')
      const isWhole = bytes.length > nonceBytes + tagBytes && bytes.toString('base64url') === cursor
      const position = isWhole ? unseal(key, list, bytes) : undefined
      if (position !== undefined) return position
      throw new InvalidRequest([{ parameter: 'cursor', expected: { key: 'earlier_cursor' } }])
    },
    page(list, found, { limit, positionOf }) {
      const entries = found.slice(0, limit)
      const last = entries.at(-1)
      const isMore = found.length > limit && last !== undefined
      return { entries, nextCursor: isMore ? make(list, positionOf(last)) : null }
    },
  }
}

/** Undefined for what this hub did not seal for this list. */
function unseal(key: Uint8Array, list: string, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(list))
    .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    // Another hub's, another list's, or somebody's own.
    return undefined
  }
}

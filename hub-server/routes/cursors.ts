import { createHmac, timingSafeEqual } from 'node:crypto'
import { InvalidRequest } from '../api/invalid-request.ts'
import { deriveKey } from './derive-key.ts'

/** Places in lists, as they are handed out: nobody but this hub can make one, and none fits another list. */
export interface Cursors {
  /** `list` names the list with its filters. */
  make(list: string, position: string): string
  /** The position; undefined where there is no cursor. Throws `InvalidRequest`. */
  read(list: string, cursor: string | undefined): string | undefined
}

const macBytes = 16

/** Signs places with a key of its own, derived from a secret of the hub. */
export function createCursors(secret: Uint8Array): Cursors {
  const key = deriveKey(secret, 'affluent cursor 1')
  const sign = (list: string, position: string): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([list, position]))
      .digest()
      .subarray(0, macBytes)
  return {
    make: (list, position) =>
      Buffer.concat([sign(list, position), Buffer.from(position)]).toString('base64url'),
    read(list, cursor) {
      if (cursor === undefined) return undefined
      const bytes = Buffer.from(cursor, 'base64url')
      const position = bytes.subarray(macBytes).toString('utf8')
      const isOurs =
        bytes.length > macBytes &&
        bytes.toString('base64url') === cursor &&
        timingSafeEqual(bytes.subarray(0, macBytes), sign(list, position))
      if (isOurs) return position
      throw new InvalidRequest([{ parameter: 'cursor', expected: { key: 'earlier_cursor' } }])
    },
  }
}

import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AffluentError } from '../../core/errors/affluent-error.ts'

const inflate = promisify(gunzip)

/**
 * The bytes that a client meant: clients of RudderStack and of phones send them with gzip. A body that would grow beyond `most` bytes is
 * not inflated further. Throws `api.body_too_large` and `intake.unreadable`.
 */
export async function readMessageBody(
  { headers }: IncomingMessage,
  body: Uint8Array,
  most: number,
): Promise<Uint8Array> {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity' || coding === '') return body
  if (coding !== 'gzip' && coding !== 'x-gzip') throw new AffluentError('intake.unreadable')
  try {
    return await inflate(body, { maxOutputLength: most })
  } catch (error) {
    const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw isTooLarge
      ? new AffluentError('api.body_too_large', { limit: most })
      : new AffluentError('intake.unreadable', {}, { cause: error })
  }
}

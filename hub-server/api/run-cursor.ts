import { z } from 'zod'
import { InvalidRequest } from './invalid-request.ts'

/** The content of a cursor. The number in front allows another content later. */
const contentSchema = z.tuple([z.literal(1), z.string().min(1)])

/** An opaque cursor of the page that follows the run `before`. */
export function toRunCursor(before: string): string {
  return Buffer.from(JSON.stringify([1, before]), 'utf8').toString('base64url')
}

/** The run a cursor stands behind. Throws `InvalidRequest` for one that this API did not make. */
export function fromRunCursor(cursor: string): string {
  try {
    const content = contentSchema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    if (content.success && toRunCursor(content.data[1]) === cursor) return content.data[1]
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new InvalidRequest([{ parameter: 'cursor', expected: { key: 'earlier_cursor' } }])
}

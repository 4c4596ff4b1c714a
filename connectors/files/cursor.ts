import { z } from 'zod'
import type { Cursor } from '../../core/connector/source.ts'
import type { Position } from './block.ts'

const fileCursor = z.strictObject({
  /** Of the file it was read from; a file with another one is read from its start. */
  fingerprint: z.string(),
  /** Where the next row starts; null after the last one. */
  next: z.strictObject({ byte: z.int().min(0), line: z.int().min(1) }).nullable(),
})

export function toCursor(fingerprint: string, next: Position | null): Cursor {
  return { fingerprint, next: next && { byte: next.byte, line: next.line } }
}

/** Where to go on: undefined from the start, because there is no cursor or the file is another one; null when all was read. */
export function resumeFrom(cursor: Cursor | null, fingerprint: string): Position | null | undefined {
  const parsed = fileCursor.safeParse(cursor)
  return parsed.success && parsed.data.fingerprint === fingerprint ? parsed.data.next : undefined
}

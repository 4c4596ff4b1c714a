import { z } from 'zod'
import type { BoundSource } from '../connector/connector.ts'
import type { Cursor } from '../connector/source.ts'

/** What the hub stores after each page of a pull. */
const checkpointSchema = z.object({
  cursor: z.json(),
  /** A read is under way, or was interrupted. */
  unfinished: z.boolean(),
  /** The read goes over everything, not only over changes. */
  full: z.boolean(),
  /**
   * The read ran without a break. Rows move while a read stands still, so what a resumed one did not see need not be gone: only a
   * whole read may say so.
   */
  whole: z.boolean(),
  /** Records that the read gave so far, and that the last complete full read gave. */
  read: z.int(),
  lastFull: z.int(),
  /** The source came back empty, and is waited for to say so twice. */
  emptyOnce: z.boolean(),
})
export type Checkpoint = z.output<typeof checkpointSchema>

const beginning: Checkpoint = {
  cursor: null,
  unfinished: false,
  full: true,
  whole: true,
  read: 0,
  lastFull: 0,
  emptyOnce: false,
}

/** Where a pull goes on: in the middle of an unfinished read, at the end of the last one (changes only), or at the beginning. */
export function toStartingPoint(stored: Cursor | undefined, source: BoundSource): Checkpoint {
  const last = stored === undefined ? beginning : checkpointSchema.parse(stored)
  if (last.unfinished) return { ...last, whole: false }
  const changesOnly = source.incremental && last.cursor !== null
  return {
    ...last,
    cursor: changesOnly ? last.cursor : null,
    unfinished: true,
    full: !changesOnly,
    whole: true,
    read: 0,
  }
}

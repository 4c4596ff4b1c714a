import { z } from 'zod'
import type { BoundSource } from '../connector/connector.ts'
import type { Cursor } from '../connector/source.ts'

/**
 * What the hub stores after each page of a pull. `readId` names the read that is under way, null when it ended: all pages of a read
 * carry it, so that a full read that was interrupted still knows at its end which records it never saw. `full` tells whether the
 * read goes over everything, `read` how many records it gave so far, `lastFull` how many the last complete full read gave, and
 * `emptyOnce` that the source came back empty and is waited for to say so twice.
 */
const checkpointSchema = z.object({
  cursor: z.json(),
  readId: z.string().nullable(),
  full: z.boolean(),
  read: z.int(),
  lastFull: z.int(),
  emptyOnce: z.boolean(),
})
export type Checkpoint = z.output<typeof checkpointSchema>

const beginning: Checkpoint = {
  cursor: null,
  readId: null,
  full: true,
  read: 0,
  lastFull: 0,
  emptyOnce: false,
}

/** Where a pull goes on: in the middle of an unfinished read, at the end of the last one (changes only), or at the beginning. */
export function toStartingPoint(stored: Cursor | undefined, source: BoundSource, runId: string): Checkpoint {
  const last = stored === undefined ? beginning : checkpointSchema.parse(stored)
  if (last.readId !== null) return last
  const changesOnly = source.incremental && stored !== undefined && last.cursor !== null
  return {
    ...last,
    cursor: changesOnly ? last.cursor : null,
    readId: runId,
    full: !changesOnly,
    read: 0,
  }
}

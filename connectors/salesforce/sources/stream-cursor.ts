import { z } from 'zod'
import type { Cursor } from '../../../core/connector/source.ts'

const instant = z.int().min(0)
const position = z.strictObject({ stamp: instant, id: z.string() })

/** What a read in progress will have covered once it has ended. */
const span = {
  version: z.literal(1),
  /** When the read began, by Salesforce's clock. */
  startedAt: instant,
  /** Changed since then; null reads everything. */
  from: instant.nullable(),
  /** When the last full read began. */
  fullAt: instant,
}

/**
 * Where a read stands:
 * - `rest`: by (SystemModstamp, Id), behind the row named in `after`. The position is ours, so it outlives Salesforce's own cursors.
 * - `bulk`: a Bulk API job of ours, from the result page that `locator` names (null: the first).
 * - `ended`: handed back later, it starts a read of the changes since.
 */
const streamCursor = z.discriminatedUnion('phase', [
  z.strictObject({ ...span, phase: z.literal('rest'), after: position.nullable() }),
  z.strictObject({ ...span, phase: z.literal('bulk'), job: z.string(), locator: z.string().nullable() }),
  z.strictObject({ version: z.literal(1), phase: z.literal('ended'), through: instant, fullAt: instant }),
])

export type StreamCursor = z.output<typeof streamCursor>
export type CursorIn<Phase extends StreamCursor['phase']> = Extract<StreamCursor, { phase: Phase }>

/** Reads a cursor of ours; undefined when it is of another shape (an older version of this connector). */
export const parseStreamCursor = (cursor: Cursor): StreamCursor | undefined =>
  streamCursor.safeParse(cursor).data

/** A record gets its stamp when its transaction starts to write and is seen when it commits: ten minutes are read again (2.3). */
const lookBackMs = 600_000

export const startFull = (now: number): CursorIn<'rest'> => ({
  version: 1,
  phase: 'rest',
  startedAt: now,
  from: null,
  fullAt: now,
  after: null,
})

export const startChanges = ({ through, fullAt }: CursorIn<'ended'>, now: number): CursorIn<'rest'> => ({
  version: 1,
  phase: 'rest',
  startedAt: Math.max(now, through),
  from: Math.max(0, through - lookBackMs),
  fullAt,
  after: null,
})

/** What changed while the read went on has a stamp after its start, so the next one begins there. */
export const end = ({ startedAt, fullAt }: CursorIn<'rest' | 'bulk'>): CursorIn<'ended'> => ({
  version: 1,
  phase: 'ended',
  through: startedAt,
  fullAt,
})

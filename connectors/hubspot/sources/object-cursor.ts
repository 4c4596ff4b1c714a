import { z } from 'zod'
import type { Cursor } from '../../../core/connector/source.ts'

const instant = z.int().min(0)

/** What is known once a read has ended: everything modified or archived up to these instants was given. */
const settled = {
  version: z.literal(1),
  modifiedThrough: instant,
  /** Null when the recycle bin was never walked. */
  archivedThrough: instant.nullable(),
  /** When the last read in full began; absent in cursors from before it was noted. */
  listedAt: instant.exactOptional(),
  /** The account that was read; absent in cursors from before it was noted. */
  portalId: z.string().exactOptional(),
  /** Types of the mapped properties when they were last looked at; absent without the right to look. */
  types: z.record(z.string(), z.string()).exactOptional(),
}

/**
 * Where a read of CRM records stands:
 * - `list`: full read by record id; `after` is the vendor's next id.
 * - `changes`: search by time of modification within `[from, until]`; while `slice` is set, through the records that share
 *   the one timestamp `from`, by record id.
 * - `archived`: through the recycle bin by record id.
 * - `ended`: handed back later, it starts a read of the changes since.
 * In `list`, `changes` and `archived`, `modifiedThrough` is what will hold once the read has ended.
 */
const objectCursor = z.discriminatedUnion('phase', [
  z.strictObject({ ...settled, phase: z.literal('list'), after: z.string().nullable() }),
  z.strictObject({
    ...settled,
    phase: z.literal('changes'),
    from: instant,
    until: instant,
    slice: z.strictObject({ afterId: z.string().nullable() }).nullable(),
  }),
  z.strictObject({
    ...settled,
    phase: z.literal('archived'),
    after: z.string().nullable(),
    /** Archived since then: only these are given. Null gives all. */
    since: instant.nullable(),
    startedAt: instant,
  }),
  z.strictObject({ ...settled, phase: z.literal('ended') }),
])

export type ObjectCursor = z.output<typeof objectCursor>
export type PhaseCursor<Phase extends ObjectCursor['phase']> = Extract<ObjectCursor, { phase: Phase }>

/** Reads a cursor of ours; undefined when it is of another shape (an older version of this connector). */
export function parseObjectCursor(cursor: Cursor): ObjectCursor | undefined {
  return objectCursor.safeParse(cursor).data
}

const minuteMs = 60_000
/** The search index lags by seconds, sometimes minutes: the last five minutes are read again (airbytehq/airbyte#69203). */
const lookBackMs = 5 * minuteMs
/** Changes of the last minute are left to the next read: their order in the index is not settled yet. */
const settleMs = minuteMs

/** A full read from the start. */
export function startFull(now: number): PhaseCursor<'list'> {
  return {
    version: 1,
    phase: 'list',
    after: null,
    modifiedThrough: now,
    archivedThrough: null,
    listedAt: now,
  }
}

/** A read in full where only the recycle bin goes on from where it was. */
export function startAgain(last: ObjectCursor, now: number): PhaseCursor<'list'> {
  return { ...startFull(now), archivedThrough: last.archivedThrough }
}

/** A read of what changed since an ended one. */
export function startChanges(ended: PhaseCursor<'ended'>, now: number): PhaseCursor<'changes'> {
  const until = Math.max(ended.modifiedThrough, now - settleMs)
  return {
    ...ended,
    phase: 'changes',
    from: Math.max(0, ended.modifiedThrough - lookBackMs),
    until,
    slice: null,
    modifiedThrough: until,
  }
}

/** After the living records: the recycle bin when it is due, else the end. */
export function afterLiving(
  cursor: PhaseCursor<'list' | 'changes'>,
  now: number,
  archivedCheckMs: number,
): PhaseCursor<'archived' | 'ended'> {
  const { archivedThrough } = cursor
  const rest = settledPart(cursor)
  if (archivedThrough !== null && now - archivedThrough < archivedCheckMs) return { ...rest, phase: 'ended' }
  const since = archivedThrough === null ? null : Math.max(0, archivedThrough - lookBackMs)
  return { ...rest, phase: 'archived', after: null, since, startedAt: now }
}

/** After the recycle bin. */
export function afterArchived(cursor: PhaseCursor<'archived'>): PhaseCursor<'ended'> {
  return { ...settledPart(cursor), archivedThrough: cursor.startedAt, phase: 'ended' }
}

function settledPart(cursor: ObjectCursor) {
  const { version, modifiedThrough, archivedThrough, listedAt, portalId, types } = cursor
  return {
    version,
    modifiedThrough,
    archivedThrough,
    ...(listedAt !== undefined && { listedAt }),
    ...(portalId !== undefined && { portalId }),
    ...(types && { types }),
  }
}

import { z } from 'zod'
import type { Cursor } from '../../../core/connector/source.ts'

const instant = z.int().min(0)

/** What is known once a read has ended: everything modified or archived up to these instants was given. */
const settled = {
  version: z.literal(1),
  modifiedThrough: instant,
  /** Null when the recycle bin was never walked. */
  archivedThrough: instant.nullable(),
}

/**
 * Where a read of contacts stands:
 * - `list`: full read by record id; `after` is the vendor's next id.
 * - `changes`: search by time of modification within `[from, until]`; while `slice` is set, through the contacts that share
 *   the one timestamp `from`, by record id.
 * - `archived`: through the recycle bin by record id.
 * - `ended`: handed back later, it starts a read of the changes since.
 * In `list`, `changes` and `archived`, `modifiedThrough` is what will hold once the read has ended.
 */
const contactCursor = z.discriminatedUnion('phase', [
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

export type ContactCursor = z.output<typeof contactCursor>
export type PhaseCursor<Phase extends ContactCursor['phase']> = Extract<ContactCursor, { phase: Phase }>

/** Reads a cursor of ours; undefined when it is of another shape (an older version of this connector). */
export function parseContactCursor(cursor: Cursor): ContactCursor | undefined {
  return contactCursor.safeParse(cursor).data
}

const minuteMs = 60_000
/** The search index lags by seconds, sometimes minutes: the last five minutes are read again (airbytehq/airbyte#69203). */
const lookBackMs = 5 * minuteMs
/** Changes of the last minute are left to the next read: their order in the index is not settled yet. */
const settleMs = minuteMs

/** A full read from the start. */
export function startFull(now: number): PhaseCursor<'list'> {
  return { version: 1, phase: 'list', after: null, modifiedThrough: now, archivedThrough: null }
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

/** After the living contacts: the recycle bin when it is due, else the end. */
export function afterLiving(
  cursor: PhaseCursor<'list' | 'changes'>,
  now: number,
  archivedCheckMs: number,
): PhaseCursor<'archived' | 'ended'> {
  const { version, modifiedThrough, archivedThrough } = cursor
  const rest = { version, modifiedThrough, archivedThrough }
  if (archivedThrough !== null && now - archivedThrough < archivedCheckMs) return { ...rest, phase: 'ended' }
  const since = archivedThrough === null ? null : Math.max(0, archivedThrough - lookBackMs)
  return { ...rest, phase: 'archived', after: null, since, startedAt: now }
}

/** After the recycle bin. */
export function afterArchived(cursor: PhaseCursor<'archived'>): PhaseCursor<'ended'> {
  const { version, modifiedThrough, startedAt } = cursor
  return { version, modifiedThrough, archivedThrough: startedAt, phase: 'ended' }
}

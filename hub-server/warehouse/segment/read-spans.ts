import type { MembershipSpan } from '../../../core/port/segment-insight.ts'
import type { DuckDb } from '../duckdb.ts'
import { toCause } from './move-cause.ts'

/** A membership as it is stored, or an exit that is not settled yet. In microseconds since 1970. */
export interface StoredMembership {
  readonly segment: string
  /** Null: an exit. */
  readonly entered: number | null
  readonly exited: number | null
  readonly enteredBy: string | null
  readonly exitedBy: string | null
}

/**
 * All memberships of one person, the latest first. What the view `every_membership` says of everybody (`membership-exit.ts`) is said here again
 * of one person: to plan it takes three times as long as to read them.
 */
export async function readSpans(duckdb: DuckDb, profileId: bigint): Promise<MembershipSpan[]> {
  return toSpans(await duckdb.snapshot(() => duckdb.all<StoredMembership>(storedSql(profileId))))
}

/** Memberships of one person as they are stored, with the exits that are not settled yet, made one; the latest first. */
export function toSpans(rows: readonly StoredMembership[]): MembershipSpan[] {
  const exits = rows.filter(({ entered }) => entered === null)
  return rows
    .flatMap((row) => (row.entered === null ? [] : [toSpan(row, row.entered, exits)]))
    .filter(({ since, until }) => until === null || until > since)
    .toSorted(byTime)
    .map(toWire)
}

const storedSql = (profileId: bigint): string => `
  SELECT segment, epoch_us(entered_at)::DOUBLE AS entered, epoch_us(exited_at)::DOUBLE AS exited, entered_by AS "enteredBy",
    exited_by AS "exitedBy"
  FROM membership WHERE profile_id = ${profileId}
  UNION ALL SELECT segment, NULL, epoch_us(exited_at)::DOUBLE, NULL, exited_by FROM membership_exit WHERE profile_id = ${profileId}`

/** One that has no end yet ends with the first exit that came no earlier than it began. */
function toSpan(row: StoredMembership, since: number, exits: readonly StoredMembership[]): MembershipSpan {
  const { segment, enteredBy } = row
  const [exit] =
    row.exited === null
      ? exits
          .filter((one) => one.segment === segment && (one.exited ?? 0) >= since)
          .toSorted((a, b) => (a.exited ?? 0) - (b.exited ?? 0))
      : [row]
  const until = exit?.exited ?? null
  return {
    segment,
    since,
    enteredBy: toCause(enteredBy),
    until,
    exitedBy: until === null ? null : toCause(exit?.exitedBy ?? null),
  }
}

function byTime(a: MembershipSpan, b: MembershipSpan): number {
  if ((a.until === null) !== (b.until === null)) return a.until === null ? -1 : 1
  const [left, right] = [a.until ?? a.since, b.until ?? b.since]
  return right - left || (a.segment < b.segment ? -1 : 1)
}

/** In milliseconds. */
const toWire = (span: MembershipSpan): MembershipSpan => ({
  ...span,
  since: Math.floor(span.since / 1000),
  until: span.until === null ? null : Math.floor(span.until / 1000),
})

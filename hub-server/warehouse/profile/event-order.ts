import type { DuckDb } from '../duckdb.ts'

/** Fewer than these are passed over in 50 ms however they lie (50,000,000 events: 90 ms in the order of people, 220 in that of their coming). */
const fewEvents = 10_000_000

/** A rewriting takes half a second for each million events: it is due when a fifth of them came since the last one. */
const largeShare = 0.2

/** How many events may come before the next look, which takes 5 ms for each million that is there. */
const lookAgainAfter = 1_000_000

/** Rows of one of the engine's row groups. */
const groupRows = 122_880

/**
 * Tells whether so many events lie in the order of their coming that those of a few people are found slowly. Pulls are written in the order
 * of people, live events a few at a time: a person's then lie in every stretch of the table, and each stretch has to be unpacked. `few`: how
 * many are left alone.
 */
export function createEventOrder(
  duckdb: DuckDb,
  few = fewEvents,
): { readonly lieApart: () => Promise<boolean> } {
  const countEvents = async (): Promise<number> =>
    Number((await duckdb.one<{ events: bigint }>(`SELECT count(*) AS events FROM event`))?.events ?? 0)
  let lookedAt = 0
  return {
    async lieApart() {
      const events = await countEvents()
      if (events < few || events - lookedAt < Math.min(lookAgainAfter, few)) return false
      lookedAt = events
      const row = await duckdb.snapshot(() => duckdb.one<{ apart: bigint }>(apartSql))
      return Number(row?.apart ?? 0) >= Math.max(few, events * largeShare)
    },
  }
}

/** Events in stretches of the table that have people of more than an eighth of all. */
const apartSql = `
  WITH stretch AS MATERIALIZED (
    SELECT count(*) AS events, min(profile_id) AS first, max(profile_id) AS last FROM event GROUP BY rowid // ${groupRows})
  SELECT coalesce(sum(events) FILTER (last - first > (SELECT max(last) - min(first) FROM stretch) / 8), 0)::BIGINT AS apart FROM stretch`

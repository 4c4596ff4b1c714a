import type { Dialect } from '../../sql/dialect.ts'
import { sql, type Sql } from '../../sql/sql.ts'
import type { OffsetStretch, TimeZone } from './time-zone.ts'

/**
 * SQL: an instant as the zone's clocks show it. The zone's table is written out as a search tree of CASE, eight comparisons deep, so
 * that no engine asks its own time zone database.
 */
export function shiftToLocal(instant: Sql, zone: TimeZone, dialect: Dialect): Sql {
  const [first] = zone.stretches
  if (zone.stretches.length === 1 && first?.offset === 0n) return instant
  return dialect.addMicros(instant, searchOffset(dialect.toMicros(instant), zone.stretches, dialect))
}

function searchOffset(micros: Sql, stretches: readonly OffsetStretch[], dialect: Dialect): Sql {
  const middle = Math.ceil(stretches.length / 2)
  const from = stretches[middle]?.from ?? null
  if (from === null) return dialect.bigint(stretches[0]?.offset ?? 0n)
  const before = searchOffset(micros, stretches.slice(0, middle), dialect)
  const since = searchOffset(micros, stretches.slice(middle), dialect)
  return sql`CASE WHEN ${micros} < ${dialect.bigint(from)} THEN ${before} ELSE ${since} END`
}

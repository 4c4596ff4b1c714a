import type { Dialect } from '../dialect.ts'
import { sql, sqlText } from '../sql.ts'

/** DuckDB 1.5. Text comparison is by bytes of UTF-8, without collation: https://duckdb.org/docs/stable/sql/expressions/collations */
export const duckdbDialect: Dialect = {
  name: 'duckdb',
  nameQuote: { open: '"', close: '"', escape: 'double' },
  // The adapter hands numbers over as texts in their shortest exact form, because the driver guesses integer types for whole numbers
  // and takes the type of a list from its first item.
  placeholder(position, type) {
    if (type === 'number') return `$${position}::DOUBLE`
    return type === 'numbers' ? `$${position}::DOUBLE[]` : `$${position}`
  },
  textContains: (text, part) => sql`contains(${text}, ${part})`,
  textStartsWith: (text, part) => sql`starts_with(${text}, ${part})`,
  textEndsWith: (text, part) => sql`suffix(${text}, ${part})`,
  // DuckDB's engine is RE2: https://duckdb.org/docs/stable/sql/functions/regular_expressions
  textMatches: (text, pattern) => sql`regexp_matches(${text}, ${pattern})`,
  lowerAscii: (text) => sql`translate(${text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`,
  listHas: (list, text) => sql`list_contains(${list}, ${text})`,
  listHasAny: (list, texts) => sql`list_has_any(${list}, ${texts})`,
  listHasOnly: (list, texts) => sql`list_has_all(${texts}, ${list})`,
  listIsEmpty: (list) => sql`len(${list}) = 0`,
  // A bound list inside IN is compared value by value; unnested it becomes a hash table: 5,000 values over 1,000,000 rows took
  // 47 ms against 115 ms for 5,000 placeholders and 2.6 s for list_contains.
  isOneOf: (value, list) => sql`${value} IN (SELECT unnest(${list}))`,
  floor: (value) => sql`floor(${value})`,
  finite: (value) => sql`CASE WHEN isfinite(${value}) THEN ${value} END`,
  dayOf: (instant) => sql`CAST(${instant} AS DATE)`,
  dayAsNumber: (day) => sql`CAST(strftime(${day}, '%Y%m%d') AS DOUBLE)`,
  daysBetween: (from, to) => sql`CAST(date_diff('day', ${from}, ${to}) AS DOUBLE)`,
  microsBetween: (from, to) => sql`CAST(epoch_us(${to}) - epoch_us(${from}) AS DOUBLE)`,
  toMicros: (instant) => sql`epoch_us(${instant})`,
  addMicros: (instant, micros) => sql`(${instant} + to_microseconds(${micros}))`,
  monthDay: (day) => sql`(month(${day}) * 100 + day(${day}))`,
  month: (day) => sql`month(${day})`,
  weekday: (day) => sql`isodow(${day})`,
  md5Hex: (text) => sql`md5(${text})`,
  integerText: (value) => sql`CAST(${value} AS VARCHAR)`,
  valueAtEarliest: (value, time, tieBreaker) => sql`arg_min(${value}, row(${time}, ${tieBreaker}))`,
  valueAtLatest: (value, time, tieBreaker) => sql`arg_max(${value}, row(${time}, ${tieBreaker}))`,
  bitAnd: (left, right) => sql`(${left} & ${right})`,
  bitOr: (left, right) => sql`(${left} | ${right})`,
  bitOrAggregate: (value) => sql`bit_or(${value})`,
  bigint: (value) => sqlText(`${value}::BIGINT`),
}

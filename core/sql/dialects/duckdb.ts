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
  listHas: (list, text) => sql`list_contains(${list}, ${text})`,
  listHasAny: (list, texts) => sql`list_has_any(${list}, ${texts})`,
  // A bound list inside IN is compared value by value; unnested it becomes a hash table: 5,000 values over 1,000,000 rows took
  // 47 ms against 115 ms for 5,000 placeholders and 2.6 s for list_contains.
  isOneOf: (value, list) => sql`${value} IN (SELECT unnest(${list}))`,
  floor: (value) => sql`floor(${value})`,
  valueAtEarliest: (value, time, tieBreaker) => sql`arg_min(${value}, row(${time}, ${tieBreaker}))`,
  valueAtLatest: (value, time, tieBreaker) => sql`arg_max(${value}, row(${time}, ${tieBreaker}))`,
  bitAnd: (left, right) => sql`(${left} & ${right})`,
  bitOr: (left, right) => sql`(${left} | ${right})`,
  bitOrAggregate: (value) => sql`bit_or(${value})`,
  bigint: (value) => sqlText(`${value}::BIGINT`),
}

import type { TraitType } from '../../profile/profile-schema.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../../sql/sql.ts'
import { shiftToLocal } from './shift-to-local.ts'
import { dayIn, type TimeZone } from './time-zone.ts'

/** The day of a value, which is a day already or an instant. */
export function dayOfValue(value: bigint, type: TraitType, zone: TimeZone): bigint {
  return type === 'date' ? value : dayIn(zone, value)
}

/** SQL: the day of a column that holds days or instants. */
export function compileDay(
  column: Sql,
  type: TraitType,
  { zone, dialect }: { readonly zone: TimeZone; readonly dialect: Dialect },
): Sql {
  return type === 'date' ? column : dialect.dayOf(shiftToLocal(column, zone, dialect))
}

/** SQL: a whole number is one of a set that is not empty. */
export function isOneOfNumbers(value: Sql, numbers: ReadonlySet<number>, dialect: Dialect): Sql {
  const list = [...numbers].map((number) => dialect.bigint(BigInt(number)))
  return sql`${value} IN (${joinSql(list, ', ')})`
}

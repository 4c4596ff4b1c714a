import { quoteName } from '../../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../../sql/sql.ts'
import { compileFilter, type EventContext } from '../event-filter.ts'
import { compileMeasure } from '../event-formula.ts'
import { ownValue } from '../measure.ts'
import { compileNet } from '../net-formula.ts'
import type { RankCondition } from '../rule.ts'
import { unknownName } from '../unknown-name.ts'
import { readTop } from './read-top.ts'

/** SQL: the ids of the people within a rank; the same as `rankPeople`. */
export function selectRanked(condition: RankCondition, context: EventContext): Sql {
  const [id = sql``, rank = sql``] = names(['profile_id', 'm1'], context)
  const { numbered, most } = numberPeople(condition, context)
  return sql`SELECT ${id} FROM (${numbered}) AS i WHERE ${rank} <= ${most}`
}

/**
 * SQL: how everybody stands who is ranked. Columns: `profile_id`, `m0` (the value), `m1` (the rank, counted from 1), `m2` (how many are
 * ranked) and `m3` (the last rank that is within, perhaps a fraction).
 */
export function selectStandings(condition: RankCondition, context: EventContext): Sql {
  const { numbered, most } = numberPeople(condition, context)
  const columns = joinSql(names(['profile_id', 'm0', 'm1', 'm2'], context), ', ')
  return sql`SELECT ${columns}, ${most} AS ${quoteName(context.dialect, 'm3')} FROM (${numbered}) AS i`
}

function names(texts: readonly string[], { dialect }: EventContext): Sql[] {
  return texts.map((text) => quoteName(dialect, text))
}

/** Everybody who is ranked with value, rank and number of the ranked; and the last rank that is within. */
function numberPeople(
  condition: RankCondition,
  context: EventContext,
): { readonly numbered: Sql; readonly most: Sql } {
  const [id = sql``, value = sql``, rank = sql``, people = sql``] = names(
    ['profile_id', 'm0', 'm1', 'm2'],
    context,
  )
  const order = condition.order === 'highest' ? sql`DESC` : sql`ASC`
  const numbered = sql`SELECT ${id}, ${value}, row_number() OVER (ORDER BY ${value} ${order}, ${id}) AS ${rank}, count(*) OVER () AS ${people} FROM (${selectValues(condition.rank, context)}) AS r WHERE ${value} IS NOT NULL`
  const top = readTop(condition.top)
  const amount = sql`${{ type: 'number', value: top.amount }}`
  return { numbered, most: top.unit === 'people' ? amount : sql`${people} * ${amount} / 100` }
}

/** One row for each person who may be ranked: profile_id and the value. */
function selectValues(by: RankCondition['rank'], context: EventContext): Sql {
  const { dialect, catalogue, schema } = context
  const id = quoteName(dialect, 'profile_id')
  const value = quoteName(dialect, 'm0')
  if ('trait' in by) {
    if (!ownValue(schema.traits, by.trait)) throw unknownName('trait', by.trait)
    const column = quoteName(dialect, catalogue.traitColumn(by.trait))
    return sql`SELECT ${id}, ${column} AS ${value} FROM ${quoteName(dialect, catalogue.profile)}`
  }
  const { measure, filter } =
    'net' in by
      ? compileNet(by, context)
      : { measure: compileMeasure(by, context), filter: compileFilter(by, context) }
  return sql`SELECT ${id}, ${measure} AS ${value} FROM ${quoteName(dialect, catalogue.event)} WHERE ${filter} GROUP BY ${id}`
}

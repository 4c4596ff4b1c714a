import { quoteName } from '../../sql/dialect.ts'
import { sql, type Sql } from '../../sql/sql.ts'
import { compileFilter, type EventContext } from '../event-filter.ts'
import { compileMeasure } from '../event-formula.ts'
import { ownValue } from '../measure.ts'
import type { RankCondition } from '../rule.ts'
import { unknownName } from '../unknown-name.ts'
import { readTop } from './read-top.ts'

/** SQL: the ids of the people within a rank; the same as `rankPeople`. */
export function selectRanked(condition: RankCondition, context: EventContext): Sql {
  const { dialect } = context
  const [id, value, rank, people] = ['profile_id', 'm0', 'm1', 'm2'].map((name) => quoteName(dialect, name))
  if (!id || !value || !rank || !people) return sql``
  const order = condition.order === 'highest' ? sql`DESC` : sql`ASC`
  const numbered = sql`SELECT ${id}, row_number() OVER (ORDER BY ${value} ${order}, ${id}) AS ${rank}, count(*) OVER () AS ${people} FROM (${selectValues(condition.rank, context)}) AS r WHERE ${value} IS NOT NULL`
  const top = readTop(condition.top)
  const amount = sql`${{ type: 'number', value: top.amount }}`
  const most = top.unit === 'people' ? amount : sql`${people} * ${amount} / 100`
  return sql`SELECT ${id} FROM (${numbered}) AS i WHERE ${rank} <= ${most}`
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
  const measure = compileMeasure(by, context)
  return sql`SELECT ${id}, ${measure} AS ${value} FROM ${quoteName(dialect, catalogue.event)} WHERE ${compileFilter(by, context)} GROUP BY ${id}`
}

import { quoteName, type Dialect } from '../../sql/dialect.ts'
import { joinSql, sql, sqlKey, type Sql } from '../../sql/sql.ts'
import type { Rule } from '../rule.ts'
import type { CompileContext } from '../to-formula.ts'
import { askedDues, type AskedDues } from './asked-dues.ts'
import { earliest, exactly, firstPassing, never, type Due, type Passing } from './due.ts'

/**
 * One SELECT of when time alone may next change the answer of one of the rules, or a computed trait, for each profile of the catalogue
 * for which it may: `profile_id`, and `due_at` in epoch milliseconds, later than the moment and never later than the truth. Null when time
 * changes nothing. Profiles and events are read once each.
 */
export function selectNextChanges(rules: Iterable<Rule>, context: CompileContext): Sql | null {
  const dues = askedDues(rules, context.schema, context.asOf)
  const branches = [profileBranch(dues, context), eventBranch(dues, context)].flatMap(
    (branch) => branch ?? [],
  )
  if (branches.length === 0) return null
  const [id, due] = columns(context)
  return sql`SELECT ${id}, min(${due}) AS ${due} FROM (${joinSql(branches, ' UNION ALL ')}) AS c WHERE ${due} < ${exactly(never)} GROUP BY ${id}`
}

function columns({ dialect }: CompileContext): [Sql, Sql] {
  return [quoteName(dialect, 'profile_id'), quoteName(dialect, 'due_at')]
}

interface Timed {
  readonly due: Due | Passing
}

/** Each instant once: equal SQL tells the same, and all passings of one column are told together. */
function instantsOf<Each extends Timed>(
  all: readonly Each[],
  columnOf: (each: Each) => Sql,
  dialect: Dialect,
): Sql[] {
  const columns = Map.groupBy(all, (each) => sqlKey(columnOf(each)))
  const instants = [...columns.values()].flatMap((group) =>
    group.slice(0, 1).flatMap((first) => {
      const column = columnOf(first)
      const passings = group.flatMap(({ due }) => (typeof due === 'function' ? [] : [due]))
      const others = group.flatMap(({ due }) => (typeof due === 'function' ? [due(column, dialect)] : []))
      return passings.length === 0 ? others : [firstPassing(passings, column, dialect), ...others]
    }),
  )
  return [...new Map(instants.map((instant) => [sqlKey(instant), instant])).values()]
}

function profileBranch({ traits }: AskedDues, context: CompileContext): Sql | null {
  const { dialect, catalogue, schema } = context
  const own = traits.filter(({ trait }) => Object.hasOwn(schema.traits, trait))
  const instants = instantsOf(
    own,
    ({ trait }) => sql`p.${quoteName(dialect, catalogue.traitColumn(trait))}`,
    dialect,
  )
  if (instants.length === 0) return null
  const [id, due] = columns(context)
  return sql`SELECT p.${id}, ${earliest(instants)} AS ${due} FROM ${quoteName(dialect, catalogue.profile)} AS p`
}

function eventBranch({ events }: AskedDues, context: CompileContext): Sql | null {
  const { dialect, catalogue } = context
  const names = [...Map.groupBy(events, ({ event }) => event)]
  if (names.length === 0) return null
  const cases = names.map(([event, dues]) => {
    const instants = instantsOf(
      dues,
      ({ property }) =>
        quoteName(dialect, property === undefined ? 'time' : catalogue.propertyColumn(property)),
      dialect,
    )
    return sql`WHEN ${{ type: 'text', value: event }} THEN ${earliest(instants)}`
  })
  const [id, due] = columns(context)
  const bound = sql`CASE ${quoteName(dialect, 'name')} ${joinSql(cases, ' ')} END`
  return sql`SELECT ${id}, min(${bound}) AS ${due} FROM ${quoteName(dialect, catalogue.event)} GROUP BY ${id}`
}

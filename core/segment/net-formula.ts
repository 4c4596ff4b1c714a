import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import { countedEvents, type Moment } from './counted-events.ts'
import { compileName, compileWindow, momentOf, type EventContext } from './event-filter.ts'
import { toMillionthsSql, toTotalFormula } from './event-formula.ts'
import type { Formula } from './formula.ts'
import { toQuestion } from './judge.ts'
import { toMillionths } from './measure.ts'
import type { Person } from './person.ts'
import type { NetCondition } from './rule.ts'

/** Weighted sums over several events, added up in the order of the rule and brought to whole millionths. */
export function computeNet({ net, window }: NetCondition, person: Person, moment: Moment): number {
  const sums = net.map(({ weight, property, ...term }) => {
    const events = countedEvents({ ...term, measure: 'sum', property, window }, person, moment)
    const weighted = events.map((event) => {
      const value = event.properties[property]
      return typeof value === 'number' ? value * weight : 0
    })
    return weighted.reduce((sum, value) => sum + value, 0)
  })
  return toMillionths(sums.reduce((sum, value) => sum + value, 0))
}

/** A condition on such a sum, asked for a truth, as a set of people. One scan reads all of its events. */
export function toNetFormula(condition: NetCondition, wanted: boolean, context: EventContext): Formula {
  const { net, window, op, value } = condition
  const { dialect, catalogue } = context
  const question = toQuestion({ op, value, type: 'number' }, momentOf(context))
  const terms = net.map(({ weight, property, ...term }) => {
    const test = joinSql(compileName(term, context), ' AND ')
    const column = quoteName(dialect, catalogue.propertyColumn(property))
    const weighted = sql`CASE WHEN ${test} THEN ${column} * ${{ type: 'number', value: weight }} END`
    return { test: sql`(${test})`, sum: sql`COALESCE(sum(${weighted}), 0)` }
  })
  const tests = joinSql(
    terms.map(({ test }) => test),
    ' OR ',
  )
  const names = [...new Set(net.map(({ event }) => event))]
  const filter = joinSql([sql`(${tests})`, ...compileWindow(window, names, context)], ' AND ')
  const total: Sql = joinSql(
    terms.map(({ sum }) => sum),
    ' + ',
  )
  const measure = toMillionthsSql(sql`(${total})`, dialect)
  return toTotalFormula(
    { question, filter, measure, isCount: false, isWanted: wanted !== question.negated },
    dialect,
  )
}

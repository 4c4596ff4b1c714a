import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import { countedEvents, type Moment } from './counted-events.ts'
import { compileName, compileWindow, momentOf, type EventContext } from './event-filter.ts'
import { toMillionthsSql, toTotalFormula } from './event-formula.ts'
import type { Formula } from './formula.ts'
import { toQuestion } from './judge.ts'
import { toMillionths } from './measure.ts'
import type { Person, PersonEvent } from './person.ts'
import type { NetCondition, NetMeasure } from './rule.ts'

/**
 * Weighted sums over several events, added up in the order of the rule and brought to whole millionths. Undefined without any event that
 * counts: compared with a number that is zero, but nobody is ranked for it.
 */
export function computeNet({ net, window }: NetMeasure, person: Person, moment: Moment): number | undefined {
  const terms = net.map(({ weight, property, ...term }) => {
    const events = countedEvents({ ...term, measure: 'sum', property, window }, person, moment)
    return { weight, property, events }
  })
  if (terms.every(({ events }) => events.length === 0)) return undefined
  return toMillionths(terms.reduce((sum, term) => sum + weightedSum(term), 0))
}

function weightedSum({
  weight,
  property,
  events,
}: {
  readonly weight: number
  readonly property: string
  readonly events: readonly PersonEvent[]
}): number {
  return events.reduce((sum, event) => {
    const value = event.properties[property]
    return typeof value === 'number' ? sum + value * weight : sum
  }, 0)
}

/** SQL: which events count, and the sum over those of one person. One scan reads all of them. */
export function compileNet(
  { net, window }: NetMeasure,
  context: EventContext,
): { readonly filter: Sql; readonly measure: Sql } {
  const { dialect, catalogue } = context
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
  return { filter, measure: toMillionthsSql(sql`(${total})`, dialect) }
}

/** A condition on such a sum, asked for a truth, as a set of people. */
export function toNetFormula(condition: NetCondition, wanted: boolean, context: EventContext): Formula {
  const { op, value } = condition
  const question = toQuestion({ op, value, type: 'number' }, momentOf(context))
  const asked = { ...compileNet(condition, context), question, isCount: false }
  return toTotalFormula({ ...asked, isWanted: wanted !== question.negated }, context.dialect)
}

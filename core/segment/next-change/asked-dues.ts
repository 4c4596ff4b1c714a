import { computedTraits } from '../../computed/derived-traits.ts'
import { momentType } from '../../computed/evaluate-traits.ts'
import type { ExpressionNode } from '../../computed/expression-node.ts'
import type { Expression } from '../../computed/expression.ts'
import { walkExpression } from '../../computed/walk-expression.ts'
import type { ProfileSchema } from '../../profile/profile-schema.ts'
import { sql } from '../../sql/sql.ts'
import { microsPerDay } from '../calendar.ts'
import { momentOf } from '../event-filter.ts'
import { eventOperand } from '../event-operand.ts'
import { ownValue } from '../measure.ts'
import type { ZonedMoment } from '../operand.ts'
import { zoneOf } from '../rank/rank-question.ts'
import type { RuleNode } from '../rule-node.ts'
import type { RankCondition, Rule } from '../rule.ts'
import { utc, type TimeZone } from '../time/time-zone.ts'
import { walkRule } from '../walk-rule.ts'
import { anniversaryDue, comparisonDues } from './comparison-dues.ts'
import { dueAt, exactly, toMs, tomorrow, type Due, type Passing } from './due.ts'
import { measureDues, netDues, type EventDue } from './event-dues.ts'

/** When the value of a trait may make something come out otherwise. */
interface TraitDue {
  readonly trait: string
  readonly due: Due | Passing
}

/** All that time alone may do to the answers of rules, and to computed traits. */
export interface AskedDues {
  readonly traits: readonly TraitDue[]
  readonly events: readonly EventDue[]
}

interface Ground {
  readonly schema: ProfileSchema
  readonly moment: ZonedMoment
}

/** Collects from rules and from the computed traits of the schema, with repetitions. `asOf`: epoch milliseconds. */
export function askedDues(rules: Iterable<Rule>, schema: ProfileSchema, asOf: number): AskedDues {
  const traits: TraitDue[] = []
  const events: EventDue[] = []
  const groundOf = (zone: TimeZone): Ground => ({ schema, moment: momentOf({ asOf, zone }) })
  const ask = (rule: Rule): void => {
    for (const step of walkRule(rule)) {
      const ground = groundOf(zoneOf(step))
      traits.push(...traitDues(step.node, ground))
      events.push(...eventDues(step.node, ground))
    }
  }
  for (const rule of rules) ask(rule)
  for (const expression of computedTraits(schema).values())
    for (const { node } of walkExpression(expression)) {
      if (node.kind === 'if') ask(node.rule)
      const dues = expressionDues(node, groundOf(utc))
      traits.push(...dues.traits)
      events.push(...dues.events)
    }
  return { traits, events }
}

function traitDues(node: RuleNode, { schema, moment }: Ground): TraitDue[] {
  if (node.kind !== 'trait') return []
  const { trait } = node.condition
  const type = ownValue(schema.traits, trait)?.type
  return type ? comparisonDues({ ...node.condition, type }, moment).map((due) => ({ trait, due })) : []
}

function eventDues(node: RuleNode, ground: Ground): readonly EventDue[] {
  switch (node.kind) {
    case 'event': {
      const comparison = { op: node.condition.op, value: eventOperand(node.condition) }
      return measureDues({ asked: node.condition, comparison }, ground)
    }
    case 'net':
      return netDues(node.condition, ground)
    case 'rank':
      return rankDues(node.condition, ground)
    default:
      return []
  }
}

function rankDues({ rank }: RankCondition, ground: Ground): readonly EventDue[] {
  if ('trait' in rank) return []
  return 'net' in rank ? netDues(rank, ground) : measureDues({ asked: rank }, ground)
}

function expressionDues(node: ExpressionNode, ground: Ground): AskedDues {
  if (node.kind === 'event') {
    const { measure } = node
    const events = measureDues({ asked: measure }, ground)
    if (measure.measure !== 'recency') return { traits: [], events }
    return {
      traits: [],
      events: [...events, { event: measure.event, property: undefined, due: always(ground) }],
    }
  }
  if (node.kind !== 'years_since' && node.kind !== 'days_since') return { traits: [], events: [] }
  const age = ageDue(node.kind, momentType(node.of, ground.schema) === 'date', ground)
  return agedBy(node.of, age)
}

/** Days with their fraction are another number every millisecond. */
function always({ moment }: Ground): Due {
  return () => exactly(toMs(moment.asOf) + 1n)
}

/** What an expression of days or instants may take its value from. */
function agedBy(expression: Expression, due: Due): AskedDues {
  const traits: TraitDue[] = []
  const events: EventDue[] = []
  for (const { node } of walkExpression(expression)) {
    if (node.kind === 'trait') traits.push({ trait: node.trait, due })
    if (node.kind === 'event') {
      const { event, property } = node.measure
      events.push({ event, property, due })
    }
  }
  return { traits, events }
}

/** Ages in days count from the instant, or change at midnight; ages in years change on the anniversary. */
function ageDue(unit: 'years_since' | 'days_since', isDay: boolean, { moment }: Ground): Due {
  if (unit === 'years_since') return anniversaryDue({ type: isDay ? 'date' : 'datetime', ahead: 0n, moment })
  if (isDay) return (column) => sql`CASE WHEN ${column} IS NOT NULL THEN ${exactly(tomorrow(moment))} END`
  return (column, dialect) => {
    const since = dialect.toMicros(column)
    const days = dialect.floor(sql`(${exactly(moment.asOf)} - ${since}) / ${exactly(microsPerDay)}`)
    return dueAt(sql`(${since} + (${days} + 1e0) * ${exactly(microsPerDay)})`, moment, dialect)
  }
}

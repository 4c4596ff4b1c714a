import type { ProfileSchema } from '../profile/profile-schema.ts'
import { dayOf, dayToText, microsPerDay } from '../segment/calendar.ts'
import { countedEvents, toZoned } from '../segment/counted-events.ts'
import { evaluateRule, type EvaluationContext } from '../segment/evaluate-rule.ts'
import { computeMeasure, ownValue } from '../segment/measure.ts'
import type { Person, Value } from '../segment/person.ts'
import { computedTraits } from './derived-traits.ts'
import { toExpressionNode, type Arithmetic, type ExpressionNode } from './expression-node.ts'
import type { Expression } from './expression.ts'
import { orderTraits } from './order-traits.ts'

/**
 * A person with the computed traits of the moment, by the meaning of expressions alone, without SQL. What the person held of computed
 * traits before does not count.
 */
export function computeTraits(person: Person, context: EvaluationContext): Person {
  const computed = computedTraits(context.schema)
  const traits: Record<string, Value | undefined> = { ...person.traits }
  for (const name of computed.keys()) traits[name] = undefined
  const current = { ...person, traits }
  for (const name of orderTraits(context.schema).flat()) {
    const expression = computed.get(name)
    if (expression !== undefined) traits[name] = evaluate(expression, current, context)
  }
  return current
}

function evaluate(expression: Expression, person: Person, context: EvaluationContext): Value | undefined {
  const node = toExpressionNode(expression)
  const valueOf = (part: Expression): Value | undefined => evaluate(part, person, context)
  switch (node.kind) {
    case 'value':
      return node.value
    case 'trait':
      return ownValue(person.traits, node.trait)
    case 'event': {
      const moment = { schema: context.schema, asOf: BigInt(context.asOf) * 1000n }
      return computeMeasure(node.measure, countedEvents(node.measure, person, moment), toZoned(moment))
    }
    case 'if':
      if (evaluateRule(node.rule, person, context) === true) return valueOf(node.value)
      return node.otherwise === undefined ? undefined : valueOf(node.otherwise)
    case 'coalesce':
      return node.parts.map(valueOf).find((value) => value !== undefined)
    case 'concat': {
      const texts = node.parts.map(valueOf).filter((value) => typeof value === 'string')
      return texts.length === node.parts.length ? texts.join('') : undefined
    }
    default:
      return evaluateNumber(node, valueOf, context)
  }
}

type NumberNode = Extract<
  ExpressionNode,
  { readonly kind: Arithmetic | 'round' | 'bucket' | 'years_since' | 'days_since' }
>

function evaluateNumber(
  node: NumberNode,
  valueOf: (part: Expression) => Value | undefined,
  { asOf, schema }: EvaluationContext,
): Value | undefined {
  if ('parts' in node) return finite(calculate(node.kind, node.parts.map(valueOf)))
  const value = valueOf(node.of)
  if (value === undefined) return undefined
  switch (node.kind) {
    case 'round': {
      const scale = 10 ** node.digits
      return finite(Math.floor(Number(value) * scale + 0.5) / scale)
    }
    case 'bucket': {
      const index = node.limits.findIndex((limit) => Number(value) < limit)
      return index < 0 ? node.labels.at(-1) : node.labels[index]
    }
    default:
      if (typeof value !== 'bigint') return undefined
      return sinceThen(node.kind, { value, isDay: isDay(node.of, schema) }, BigInt(asOf) * 1000n)
  }
}

/** Undefined where an operand is missing. */
function calculate(kind: Arithmetic, operands: readonly (Value | undefined)[]): number | undefined {
  const numbers = operands.filter((operand) => typeof operand === 'number')
  if (numbers.length < operands.length) return undefined
  return numbers.reduce((left, right) => {
    if (kind === 'add') return left + right
    if (kind === 'subtract') return left - right
    return kind === 'multiply' ? left * right : left / right
  })
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

/** Whole calendar years, or whole stretches of 24 hours (of days: calendar days), from then to now. */
function sinceThen(
  unit: 'years_since' | 'days_since',
  { value, isDay }: { readonly value: bigint; readonly isDay: boolean },
  now: bigint,
): number {
  if (unit === 'years_since') {
    const day = isDay ? value : dayOf(value)
    return Math.floor((dayAsNumber(dayOf(now)) - dayAsNumber(day)) / 10_000)
  }
  return isDay ? Number(dayOf(now) - value) : Math.floor(Number(now - value) / Number(microsPerDay))
}

/** 31 January 2026 → 20260131: the whole years between two days are the ten-thousands of the difference. */
function dayAsNumber(day: bigint): number {
  return Number(dayToText(day).replaceAll('-', ''))
}

function isDay(expression: Expression, schema: ProfileSchema): boolean {
  return momentType(expression, schema) === 'date'
}

/** The type of an expression that gives days or instants: what it is made of tells it. */
export function momentType(expression: Expression, schema: ProfileSchema): 'date' | 'datetime' | undefined {
  const node = toExpressionNode(expression)
  switch (node.kind) {
    case 'trait': {
      const type = ownValue(schema.traits, node.trait)?.type
      return type === 'date' || type === 'datetime' ? type : undefined
    }
    case 'event':
      return 'datetime'
    case 'coalesce': {
      const [first] = node.parts
      return first === undefined ? undefined : momentType(first, schema)
    }
    case 'if':
      return momentType(node.value, schema)
    default:
      return undefined
  }
}

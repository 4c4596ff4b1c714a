import { AffluentError } from '../errors/affluent-error.ts'
import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { dayToText, instantToText } from './calendar.ts'
import { countedEvents, toZoned, type Moment } from './counted-events.ts'
import { eventOperand } from './event-operand.ts'
import { normaliseOperand } from './identifier-operand.ts'
import { judge, toQuestion } from './judge.ts'
import { computeMeasure, measureType, ownValue } from './measure.ts'
import { computeNet } from './net-formula.ts'
import { consentKey, type Person, type Truth, type Value } from './person.ts'
import type { PlaceCondition } from './place/place-condition.ts'
import { toProfileTest, traitsOf } from './profile-test.ts'
import { rankKey } from './rank/rank-question.ts'
import { childrenOf, toNode, type ConditionNode } from './rule-node.ts'
import type {
  EventCondition,
  IdentifierCondition,
  MoneyCondition,
  NetCondition,
  Rule,
  TraitCondition,
} from './rule.ts'
import { isInSample } from './sample-test.ts'
import { allTrue, anyTrue, opposite } from './truth.ts'
import { findTimeZone, unknownName } from './unknown-name.ts'
import { assertRuleSize } from './walk-rule.ts'

/** What a rule is evaluated with: the schema that names and types come from, and the moment in epoch milliseconds. */
export interface EvaluationContext {
  readonly schema: ProfileSchema
  readonly asOf: number
}

/** A value as people read it: days and instants as ISO texts. Null: missing. */
type ShownValue = string | number | boolean | null | readonly string[]

/** Truth of one node for one person, with the value that decided it and the nodes below. */
export interface NodeTruth {
  readonly rule: Rule
  readonly truth: Truth
  readonly value: ShownValue
  readonly children: readonly NodeTruth[]
}

/** Truth of a rule for one person, by the meaning of rules alone, without SQL. Members are those for whom it is true. */
export function evaluateRule(rule: Rule, person: Person, context: EvaluationContext): Truth {
  return traceRule(rule, person, context).truth
}

/** Like `evaluateRule`, with the truth and the deciding value of every node. */
export function traceRule(rule: Rule, person: Person, context: EvaluationContext): NodeTruth {
  assertRuleSize(rule, 'evaluating a rule')
  return traceNode(rule, person, { schema: context.schema, asOf: BigInt(context.asOf) * 1000n })
}

function traceNode(rule: Rule, person: Person, moment: Moment): NodeTruth {
  const node = toNode(rule)
  const below = node.kind === 'zoned' ? { ...moment, zone: findTimeZone(node.zone) } : moment
  const children = childrenOf(node).map((child) => traceNode(child, person, below))
  const truths = children.map((child) => child.truth)
  if (node.kind === 'all') return { rule, truth: allTrue(truths), value: null, children }
  if (node.kind === 'any') return { rule, truth: anyTrue(truths), value: null, children }
  if (node.kind === 'zoned') return { rule, truth: truths[0] ?? null, value: null, children }
  if (node.kind === 'not') return { rule, truth: opposite(truths[0] ?? null), value: null, children }
  return { rule, ...traceCondition(node, person, moment), children }
}

type ConditionTruth = Pick<NodeTruth, 'truth' | 'value'>

function traceCondition(node: ConditionNode, person: Person, moment: Moment): ConditionTruth {
  switch (node.kind) {
    case 'trait':
      return traceTrait(node.condition, person, moment)
    case 'identifier':
      return traceIdentifier(node.condition, person, moment)
    case 'event':
      return traceEvent(node.condition, person, moment)
    case 'consent': {
      const { purpose, channel } = node.condition.consent
      const state = person.consents[consentKey(purpose, channel)] ?? 'unknown'
      return { truth: state === node.condition.is, value: state }
    }
    case 'net':
      return traceNet(node.condition, person, moment)
    case 'money':
    case 'place':
      return traceProfileTest(node.condition, person, moment)
    case 'sample':
    case 'audience':
    case 'rank': {
      const isIn = isAmong(node, person, moment)
      return { truth: isIn, value: isIn }
    }
    default: {
      const isMember = person.segments.has(node.condition.segment)
      return { truth: isMember, value: isMember }
    }
  }
}

function traceNet(condition: NetCondition, person: Person, moment: Moment): ConditionTruth {
  const value = computeNet(condition, person, moment) ?? 0
  const question = toQuestion({ ...condition, type: 'number' }, toZoned(moment))
  return { truth: judge(question, value), value }
}

function traceTrait(condition: TraitCondition, person: Person, moment: Moment): ConditionTruth {
  const type = ownValue(moment.schema.traits, condition.trait)?.type
  if (!type) throw unknownName('trait', condition.trait)
  const question = toQuestion({ ...condition, type }, toZoned(moment))
  const value = ownValue(person.traits, condition.trait)
  const decided = value === undefined && question.operator.whenMissing === null
  const truth = decided ? (condition.if_missing ?? null) : judge(question, value)
  return { truth, value: toShown(value, type) }
}

/** What is told about a person from elsewhere. A person without these facts cannot be judged: `internal.unexpected`. */
function isAmong(
  node: Extract<ConditionNode, { readonly kind: 'sample' | 'audience' | 'rank' }>,
  { profileId, audiences, ranks }: Person,
  moment: Moment,
): boolean {
  if (node.kind === 'sample' && profileId !== undefined) return isInSample(node.condition, profileId)
  if (node.kind === 'audience' && audiences) return audiences.has(node.condition.audience)
  if (node.kind === 'rank' && ranks)
    return ranks.has(rankKey({ condition: node.condition, zone: toZoned(moment).zone }))
  throw new AffluentError('internal.unexpected', { act: 'judging a person of whom too little was read' })
}

/** Several traits decide together; the values of all of them are shown. */
function traceProfileTest(
  condition: MoneyCondition | PlaceCondition,
  person: Person,
  moment: Moment,
): ConditionTruth {
  const valueOf = (trait: string): Value | undefined => ownValue(person.traits, trait)
  const truth = toProfileTest(condition, toZoned(moment)).truth(valueOf)
  const shown = traitsOf(condition).map(({ trait }) => String(valueOf(trait) ?? '?'))
  return { truth: truth ?? condition.if_missing ?? null, value: shown }
}

/** True when one of the person's identifiers of the kind matches; the opposites are true when none does. */
function traceIdentifier(condition: IdentifierCondition, person: Person, moment: Moment): ConditionTruth {
  const { schema } = moment
  if (!ownValue(schema.identifiers, condition.identifier))
    throw unknownName('identifier', condition.identifier)
  const { operator, predicate, negated } = toQuestion(
    { ...condition, value: normaliseOperand(condition, schema), type: 'text' },
    toZoned(moment),
  )
  const values = ownValue(person.identifiers, condition.identifier) ?? []
  const truth = values.length === 0 ? operator.whenMissing : values.some((value) => predicate.test(value))
  return { truth: truth === null ? null : truth !== negated, value: values.length === 0 ? null : values }
}

function traceEvent(condition: EventCondition, person: Person, moment: Moment): ConditionTruth {
  const type = measureType(condition, moment.schema)
  if (!ownValue(moment.schema.events, condition.event)) throw unknownName('event', condition.event)
  if (!type) throw unknownName('property', String(condition.property))
  const events = countedEvents(condition, person, moment)
  const value = computeMeasure(condition, events, toZoned(moment))
  const question = toQuestion({ op: condition.op, value: eventOperand(condition), type }, toZoned(moment))
  return { truth: judge(question, value), value: toShown(value, type) }
}

function toShown(value: Value | undefined, type: TraitType): ShownValue {
  if (value === undefined) return null
  if (typeof value !== 'bigint') return value
  return type === 'date' ? dayToText(value) : instantToText(value)
}

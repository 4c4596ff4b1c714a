import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { quoteName, type Dialect } from '../sql/dialect.ts'
import { sql, type Sql } from '../sql/sql.ts'
import type { Catalogue } from './catalogue.ts'
import { momentOf } from './event-filter.ts'
import { toEventFormula } from './event-formula.ts'
import type { Formula, IdentifierPeople, SelectedPeople } from './formula.ts'
import { normaliseOperand } from './identifier-operand.ts'
import { toQuestion, type Question } from './judge.ts'
import { ownValue } from './measure.ts'
import { toNetFormula } from './net-formula.ts'
import type { PlaceCondition } from './place/place-condition.ts'
import { toProfileTest, traitsOf } from './profile-test.ts'
import { selectRanked } from './rank/rank-formula.ts'
import { toNode, type ConditionNode } from './rule-node.ts'
import type { ConsentCondition, IdentifierCondition, MoneyCondition, Rule, TraitCondition } from './rule.ts'
import { compileSample } from './sample-test.ts'
import type { TimeZone } from './time/time-zone.ts'
import { findTimeZone, unknownName } from './unknown-name.ts'
import { assertRuleSize } from './walk-rule.ts'

/** What rules are compiled with. `asOf` is the moment of evaluation in epoch milliseconds. */
export interface CompileContext {
  readonly schema: ProfileSchema
  readonly catalogue: Catalogue
  readonly dialect: Dialect
  readonly asOf: number
  /** By whose calendar days are counted. Default: UTC. */
  readonly zone?: TimeZone
  /** Where all people are found, whom ranks are among, when `catalogue` names a part of them. Default: `catalogue`. */
  readonly everybody?: Catalogue
}

/** Brings a rule to a formula. Throws the `segment.…` errors of a rule that `validateRule` would refuse. */
export function toFormula(rule: Rule, context: CompileContext): Formula {
  return toAskedFormula(rule, true, context)
}

/** Like `toFormula`, for the question whether the rule is true, or whether it is false. Whoever is in neither, it is unknown of. */
export function toAskedFormula(rule: Rule, wanted: boolean, context: CompileContext): Formula {
  assertRuleSize(rule, 'compiling a rule')
  return convert(rule, wanted, context)
}

/** `wanted` is the truth that the node is asked for. */
function convert(rule: Rule, wanted: boolean, context: CompileContext): Formula {
  const node = toNode(rule)
  if (node.kind === 'not') return convert(node.child, !wanted, context)
  if (node.kind === 'zoned') return convert(node.child, wanted, { ...context, zone: findTimeZone(node.zone) })
  if (node.kind !== 'all' && node.kind !== 'any') return convertCondition(node, wanted, context)
  const parts = node.children.map((child) => convert(child, wanted, context))
  return { kind: (node.kind === 'all') === wanted ? 'and' : 'or', parts }
}

function convertCondition(node: ConditionNode, wanted: boolean, context: CompileContext): Formula {
  switch (node.kind) {
    case 'trait':
      return convertTrait(node.condition, wanted, context)
    case 'identifier':
      return convertIdentifier(node.condition, wanted, context)
    case 'consent':
      return convertConsent(node.condition, wanted, context)
    case 'money':
    case 'place':
      return convertProfileTest(node.condition, wanted, context)
    case 'event':
      return toEventFormula(node.condition, wanted, context)
    case 'net':
      return toNetFormula(node.condition, wanted, context)
    case 'rank':
      return amongSelected(selectRanked(node.condition, overEverybody(context)), wanted)
    case 'audience':
      return amongSelected(selectHeld(node.condition.audience, context), wanted)
    case 'sample': {
      const test = compileSample(node.condition, profileColumn('profile_id', context), context.dialect)
      return { kind: 'test', test: wanted ? test : sql`NOT ${test}` }
    }
    default:
      return { kind: 'member', segment: node.condition.segment, holds: wanted }
  }
}

/** Somebody's rank stands on all people, also where only a few are evaluated. */
const overEverybody = (context: CompileContext): CompileContext => ({
  ...context,
  catalogue: context.everybody ?? context.catalogue,
})

function amongSelected(select: Sql, holds: boolean): Formula {
  const people: SelectedPeople = { source: 'select', select }
  return { kind: 'among', people, holds }
}

/** The question about a column, asked for a truth. Null where the column is null, except for `exists` and `missing`. */
export function compileQuestion(question: Question, column: Sql, wanted: boolean, dialect: Dialect): Sql {
  const test = question.predicate.compile(column, dialect)
  return wanted === question.negated ? sql`NOT (${test})` : sql`(${test})`
}

function profileColumn(name: string, { dialect }: CompileContext): Sql {
  return sql`p.${quoteName(dialect, name)}`
}

function ask(
  condition: TraitCondition | IdentifierCondition,
  type: TraitType,
  context: CompileContext,
): Question {
  const value = 'identifier' in condition ? normaliseOperand(condition, context.schema) : condition.value
  return toQuestion({ ...condition, value, type }, momentOf(context))
}

function convertTrait(condition: TraitCondition, wanted: boolean, context: CompileContext): Formula {
  const type = ownValue(context.schema.traits, condition.trait)?.type
  if (!type) throw unknownName('trait', condition.trait)
  const question = ask(condition, type, context)
  const column = profileColumn(context.catalogue.traitColumn(condition.trait), context)
  const test = compileQuestion(question, column, wanted, context.dialect)
  const withMissing = question.operator.whenMissing === null && condition.if_missing === wanted
  return { kind: 'test', test: withMissing ? sql`(${column} IS NULL OR ${test})` : test }
}

/** Whom a sync's audience holds, as far as the platform acknowledged. */
function selectHeld(sync: string, { dialect, catalogue }: CompileContext): Sql {
  const name = (text: string): Sql => quoteName(dialect, text)
  return sql`SELECT ${name('profile_id')} FROM ${name(catalogue.delivery)} WHERE ${name('sync')} = ${{ type: 'text', value: sync }} AND ${name('held')}`
}

function convertProfileTest(
  condition: MoneyCondition | PlaceCondition,
  wanted: boolean,
  context: CompileContext,
): Formula {
  for (const { trait } of traitsOf(condition))
    if (!ownValue(context.schema.traits, trait)) throw unknownName('trait', trait)
  const columnOf = (trait: string): Sql => profileColumn(context.catalogue.traitColumn(trait), context)
  const test = toProfileTest(condition, momentOf(context)).compile(columnOf, context.dialect)
  const asked = wanted ? sql`(${test})` : sql`NOT (${test})`
  return {
    kind: 'test',
    test: condition.if_missing === wanted ? sql`((${test}) IS NULL OR ${asked})` : asked,
  }
}

function convertConsent(
  { consent, is }: ConsentCondition,
  wanted: boolean,
  context: CompileContext,
): Formula {
  const channels = ownValue(context.schema.consents, consent.purpose)?.channels
  if (!channels?.includes(consent.channel))
    throw unknownName('consent', `${consent.purpose}.${consent.channel}`)
  const column = profileColumn(context.catalogue.consentColumn(consent.purpose, consent.channel), context)
  const isState =
    is === 'unknown'
      ? sql`${column} IS NULL`
      : sql`${column} IS NOT NULL AND ${column} = ${{ type: 'text', value: is }}`
  return { kind: 'test', test: wanted ? sql`(${isState})` : sql`NOT (${isState})` }
}

function convertIdentifier(
  condition: IdentifierCondition,
  wanted: boolean,
  context: CompileContext,
): Formula {
  const { identifier } = condition
  if (!ownValue(context.schema.identifiers, identifier)) throw unknownName('identifier', identifier)
  const { operator, predicate, negated } = ask(condition, 'text', context)
  const anyOfKind: IdentifierPeople = { source: 'identifier', identifier, test: null }
  const isWanted = wanted !== negated
  if (operator.whenMissing !== null) return { kind: 'among', people: anyOfKind, holds: isWanted }
  const test = (value: Sql): Sql => predicate.compile(value, context.dialect)
  const matching: Formula = { kind: 'among', people: { ...anyOfKind, test }, holds: isWanted }
  return isWanted
    ? matching
    : { kind: 'and', parts: [{ kind: 'among', people: anyOfKind, holds: true }, matching] }
}

import type { ProfileSchema } from '../profile/profile-schema.ts'
import { checkComparison } from './check-comparison.ts'
import { checkEvent, checkNet, checkRank } from './check-event.ts'
import { checkName } from './check-name.ts'
import { ownValue } from './measure.ts'
import type { AudienceCondition, SampleCondition } from './membership-conditions.ts'
import { isBox, type PlaceCondition } from './place/place-condition.ts'
import { traitsOf } from './profile-test.ts'
import type { RuleFault } from './rule-fault.ts'
import type { RuleNode } from './rule-node.ts'
import type {
  ConsentCondition,
  IdentifierCondition,
  MoneyCondition,
  Rule,
  SegmentCondition,
  TraitCondition,
} from './rule.ts'
import { ruleLimits } from './rule.ts'
import { findReferencePath } from './segment-order.ts'
import { readTimeZone } from './time/time-zone.ts'
import { measureRule, pathOf, walkRule, type RulePath } from './walk-rule.ts'

/** What a rule is checked against. `name`: the segment whose rule it is. `segments`: all that a rule may refer to. */
export interface RuleContext {
  readonly name: string
  readonly profileSchema: ProfileSchema
  readonly segments: ReadonlyMap<string, Rule>
  /** Syncs that a rule may ask for; absent: their names are not checked here. */
  readonly syncs?: ReadonlySet<string>
}

/**
 * Checks names, types, operands, windows, limits and circles of a rule, and returns all faults in the order of the rule. A rule
 * beyond the limits gives that fault alone. Without recursion.
 */
export function validateRule(rule: Rule, context: RuleContext): readonly RuleFault[] {
  const { beyond, depth, nodes } = measureRule(rule)
  if (beyond) {
    const isDepth = beyond.limit === 'depth'
    const params = { limit: ruleLimits[beyond.limit], found: isDepth ? depth : nodes }
    return [{ path: beyond.path, code: isDepth ? 'segment.too_deep' : 'segment.too_many_nodes', params }]
  }
  const faults: RuleFault[] = []
  for (const step of walkRule(rule)) faults.push(...checkNode(step.node, pathOf(step), context))
  return faults
}

function checkNode(node: RuleNode, path: RulePath, context: RuleContext): RuleFault[] {
  switch (node.kind) {
    case 'zoned':
      return checkTimeZone(node.zone, path)
    case 'trait':
      return checkTrait(node.condition, path, context.profileSchema)
    case 'identifier':
      return checkIdentifier(node.condition, path, context.profileSchema)
    case 'consent':
      return checkConsent(node.condition, path, context.profileSchema)
    case 'segment':
      return checkSegment(node.condition, path, context)
    case 'money':
    case 'place':
      return checkProfileTest(node.condition, path, context.profileSchema)
    case 'audience':
      return checkAudience(node.condition, path, context)
    case 'sample':
      return checkSample(node.condition, path)
    default:
      return checkEvents(node, path, context.profileSchema)
  }
}

function checkProfileTest(
  condition: MoneyCondition | PlaceCondition,
  path: RulePath,
  schema: ProfileSchema,
): RuleFault[] {
  const faults = traitsOf(condition).flatMap(({ keys, trait, type }) => {
    const found = ownValue(schema.traits, trait)?.type
    if (!found) return checkName('trait', trait, Object.keys(schema.traits), [...path, ...keys])
    const params = { operator: String(keys[1]), expected: type, found }
    return found === type ? [] : [{ path: [...path, ...keys], code: 'segment.wrong_type' as const, params }]
  })
  return [...faults, ...('money' in condition ? checkMoney(condition, path) : checkRegion(condition, path))]
}

function checkMoney(condition: MoneyCondition, path: RulePath): RuleFault[] {
  const { op, value } = condition
  if (op !== 'exists' && op !== 'missing') return checkComparison({ op, value, type: 'number' }, path)
  const params = { operator: op, expected: 'an operator that compares amounts', found: op }
  return [{ path: [...path, 'op'], code: 'segment.wrong_type', params }]
}

/** A region that nobody can be in, and postcodes without a trait that holds them. */
function checkRegion(condition: PlaceCondition, path: RulePath): RuleFault[] {
  if ('within' in condition) return []
  const at = [...path, 'in_region']
  const fault = (expected: string, found: string): RuleFault[] => [
    { path: at, code: 'segment.wrong_type', params: { operator: 'in_region', expected, found } },
  ]
  if (!isBox(condition)) {
    const asksPostcodes = condition.in_region.some(({ postcodes }) => postcodes !== undefined)
    return asksPostcodes && condition.place.postcode === undefined
      ? fault('a trait that holds the postcode', 'postcodes')
      : []
  }
  const { south, north } = condition.in_region
  return south > north ? fault('the southern edge below the northern one', `${south} – ${north}`) : []
}

/** Groups have no faults of their own. */
function checkEvents(
  node: Extract<RuleNode, { readonly kind: 'event' | 'net' | 'rank' | 'all' | 'any' | 'not' }>,
  path: RulePath,
  schema: ProfileSchema,
): RuleFault[] {
  if (node.kind === 'event') return checkEvent(node.condition, path, schema)
  if (node.kind === 'net') return checkNet(node.condition, path, schema)
  return node.kind === 'rank' ? checkRank(node.condition, path, schema) : []
}

function checkAudience({ audience }: AudienceCondition, path: RulePath, { syncs }: RuleContext): RuleFault[] {
  return syncs ? checkName('sync', audience, syncs, [...path, 'audience']) : []
}

function checkSample({ sample: { from, percent } }: SampleCondition, path: RulePath): RuleFault[] {
  if (from + percent <= 100) return []
  const params = { operator: 'sample', expected: 'at most 100 percent', found: `${from + percent}` }
  return [{ path: [...path, 'sample', 'percent'], code: 'segment.wrong_type', params }]
}

function checkTimeZone(zone: string, path: RulePath): RuleFault[] {
  if (readTimeZone(zone)) return []
  return checkName('time zone', zone, Intl.supportedValuesOf('timeZone'), [...path, 'time_zone'])
}

function checkTrait(condition: TraitCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const { trait, op } = condition
  const type = ownValue(schema.traits, trait)?.type
  if (!type) return checkName('trait', trait, Object.keys(schema.traits), [...path, 'trait'])
  const faults = checkComparison({ ...condition, type }, path)
  if (condition.if_missing === undefined || (op !== 'exists' && op !== 'missing')) return faults
  const params = { operator: op, expected: 'no if_missing', found: 'if_missing' }
  return [...faults, { path: [...path, 'if_missing'], code: 'segment.wrong_type', params }]
}

function checkIdentifier(condition: IdentifierCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const { identifier } = condition
  const known = Object.keys(schema.identifiers)
  if (!known.includes(identifier)) return checkName('identifier', identifier, known, [...path, 'identifier'])
  return checkComparison({ ...condition, type: 'text' }, path)
}

function checkConsent({ consent }: ConsentCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const at = [...path, 'consent']
  const channels = ownValue(schema.consents, consent.purpose)?.channels
  if (!channels)
    return checkName('purpose', consent.purpose, Object.keys(schema.consents), [...at, 'purpose'])
  return checkName('channel', consent.channel, channels, [...at, 'channel'])
}

function checkSegment({ segment }: SegmentCondition, path: RulePath, context: RuleContext): RuleFault[] {
  const at = [...path, 'segment']
  const { name, segments } = context
  if (segment !== name && !segments.has(segment)) return checkName('segment', segment, segments.keys(), at)
  const back = findReferencePath(segment, name, segments)
  if (!back) return []
  return [{ path: at, code: 'segment.cycle', params: { cycle: [name, ...back].join(' → ') } }]
}

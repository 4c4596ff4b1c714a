import type { AudienceCondition, SampleCondition } from './membership-conditions.ts'
import type { PlaceCondition } from './place/place-condition.ts'
import type {
  Condition,
  ConsentCondition,
  EventCondition,
  IdentifierCondition,
  MoneyCondition,
  NetCondition,
  RankCondition,
  Rule,
  SegmentCondition,
  TraitCondition,
} from './rule.ts'

/** A node of a rule with its kind, so that code can switch over it and the checker sees when a kind is left out. */
export type RuleNode =
  | { readonly kind: 'all'; readonly children: readonly Rule[] }
  | { readonly kind: 'any'; readonly children: readonly Rule[] }
  | { readonly kind: 'not'; readonly child: Rule }
  | { readonly kind: 'zoned'; readonly zone: string; readonly child: Rule }
  | { readonly kind: 'trait'; readonly condition: TraitCondition }
  | { readonly kind: 'identifier'; readonly condition: IdentifierCondition }
  | { readonly kind: 'consent'; readonly condition: ConsentCondition }
  | { readonly kind: 'segment'; readonly condition: SegmentCondition }
  | { readonly kind: 'money'; readonly condition: MoneyCondition }
  | { readonly kind: 'place'; readonly condition: PlaceCondition }
  | { readonly kind: 'net'; readonly condition: NetCondition }
  | { readonly kind: 'rank'; readonly condition: RankCondition }
  | { readonly kind: 'audience'; readonly condition: AudienceCondition }
  | { readonly kind: 'sample'; readonly condition: SampleCondition }
  | { readonly kind: 'event'; readonly condition: EventCondition }

/** Tells what kind of node a rule is. */
export function toNode(rule: Rule): RuleNode {
  if ('all' in rule) return { kind: 'all', children: rule.all }
  if ('any' in rule) return { kind: 'any', children: rule.any }
  if ('not' in rule) return { kind: 'not', child: rule.not }
  if ('time_zone' in rule) return { kind: 'zoned', zone: rule.time_zone, child: rule.rule }
  return toCondition(rule)
}

function toCondition(rule: Condition): ConditionNode {
  if ('trait' in rule) return { kind: 'trait', condition: rule }
  if ('identifier' in rule) return { kind: 'identifier', condition: rule }
  if ('consent' in rule) return { kind: 'consent', condition: rule }
  if ('segment' in rule) return { kind: 'segment', condition: rule }
  if ('event' in rule) return { kind: 'event', condition: rule }
  if ('money' in rule) return { kind: 'money', condition: rule }
  if ('place' in rule) return { kind: 'place', condition: rule }
  if ('net' in rule) return { kind: 'net', condition: rule }
  if ('rank' in rule) return { kind: 'rank', condition: rule }
  if ('audience' in rule) return { kind: 'audience', condition: rule }
  return { kind: 'sample', condition: rule }
}

/** A node that asks something itself, rather than joining what others ask. */
export type ConditionNode = Exclude<RuleNode, { readonly kind: 'all' | 'any' | 'not' | 'zoned' }>

/** The rules that a node joins or changes the meaning of, in order. */
export function childrenOf(node: RuleNode): readonly Rule[] {
  if (node.kind === 'all' || node.kind === 'any') return node.children
  return node.kind === 'not' || node.kind === 'zoned' ? [node.child] : []
}

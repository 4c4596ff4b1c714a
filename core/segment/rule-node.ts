import type {
  ConsentCondition,
  EventCondition,
  IdentifierCondition,
  Rule,
  SegmentCondition,
  TraitCondition,
} from './rule.ts'

/** A node of a rule with its kind, so that code can switch over it and the checker sees when a kind is left out. */
export type RuleNode =
  | { readonly kind: 'all'; readonly children: readonly Rule[] }
  | { readonly kind: 'any'; readonly children: readonly Rule[] }
  | { readonly kind: 'not'; readonly child: Rule }
  | { readonly kind: 'trait'; readonly condition: TraitCondition }
  | { readonly kind: 'identifier'; readonly condition: IdentifierCondition }
  | { readonly kind: 'consent'; readonly condition: ConsentCondition }
  | { readonly kind: 'segment'; readonly condition: SegmentCondition }
  | { readonly kind: 'event'; readonly condition: EventCondition }

/** Tells what kind of node a rule is. */
export function toNode(rule: Rule): RuleNode {
  if ('all' in rule) return { kind: 'all', children: rule.all }
  if ('any' in rule) return { kind: 'any', children: rule.any }
  if ('not' in rule) return { kind: 'not', child: rule.not }
  if ('trait' in rule) return { kind: 'trait', condition: rule }
  if ('identifier' in rule) return { kind: 'identifier', condition: rule }
  if ('consent' in rule) return { kind: 'consent', condition: rule }
  if ('segment' in rule) return { kind: 'segment', condition: rule }
  return { kind: 'event', condition: rule }
}

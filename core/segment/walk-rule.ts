import { AffluentError } from '../errors/affluent-error.ts'
import { isAnchored } from './event-window.ts'
import type { EventMeasure } from './measure.ts'
import { isBox, type PlaceCondition } from './place/place-condition.ts'
import { childrenOf, toNode, type RuleNode } from './rule-node.ts'
import { ruleLimits, type NetMeasure, type RankCondition, type Rule } from './rule.ts'

/** Keys and list positions that lead from the top of a rule to a place in it. */
export type RulePath = readonly (string | number)[]

/** One node on the way through a rule. Depth counts from 1. */
export interface RuleStep {
  readonly node: RuleNode
  readonly rule: Rule
  readonly depth: number
  readonly parent: RuleStep | undefined
  /** Keys that lead here from the parent. */
  readonly keys: RulePath
}

/** The way from the top of the rule to a step. Made only when asked for, so that a walk costs the same at every depth. */
export function pathOf(step: RuleStep): RulePath {
  const keys: (string | number)[] = []
  for (let at: RuleStep | undefined = step; at; at = at.parent) keys.unshift(...at.keys)
  return keys
}

/** Walks all nodes, parents before children and in order, without recursion: a rule nested 100,000 deep costs memory, not the stack. */
export function* walkRule(rule: Rule): Generator<RuleStep> {
  const open: Omit<RuleStep, 'node'>[] = [{ rule, depth: 1, parent: undefined, keys: [] }]
  for (let next = open.pop(); next; next = open.pop()) {
    const step: RuleStep = { ...next, node: toNode(next.rule) }
    yield step
    for (const child of stepsBelow(step).toReversed()) open.push(child)
  }
}

function stepsBelow(parent: RuleStep): Omit<RuleStep, 'node'>[] {
  const { node } = parent
  return childrenOf(node).map((rule, index) => ({
    rule,
    depth: parent.depth + 1,
    parent,
    keys: keysOf(node.kind, index),
  }))
}

/** Keys that lead from a node to one of its children. */
function keysOf(kind: RuleNode['kind'], index: number): RulePath {
  if (kind === 'not') return ['not']
  return kind === 'zoned' ? ['rule'] : [kind, index]
}

/** Depth and number of nodes of a rule, as far as the limits; the walk ends at the first node beyond one of them. */
export interface RuleSize {
  readonly depth: number
  readonly nodes: number
  /** Where the walk ended because a limit was passed. */
  readonly beyond?: { readonly path: RulePath; readonly limit: 'depth' | 'nodes' }
}

/** A condition counts once, and once more for each condition on a property and each step that it holds. */
function nodesOf(node: RuleNode): number {
  switch (node.kind) {
    case 'event':
      return 1 + eventNodes(node.condition)
    case 'rank':
      return 1 + rankNodes(node.condition.rank)
    case 'net':
      return 1 + termNodes(node.condition)
    case 'place':
      return 1 + areaNodes(node.condition)
    default:
      return 1
  }
}

function rankNodes(rank: RankCondition['rank']): number {
  if ('trait' in rank) return 0
  return 'net' in rank ? termNodes(rank) : eventNodes(rank)
}

function termNodes({ net }: NetMeasure): number {
  return net.reduce((sum, { where }) => sum + 1 + (where?.length ?? 0), 0)
}

function eventNodes({ where, followed_by: chain, not_followed_by: absent, window }: EventMeasure): number {
  const steps = [...(chain ?? []), ...(absent ? [absent] : [])]
  const anchors = window && isAnchored(window) ? [window.after_event, window.before_event] : []
  const held = [...steps, ...anchors.flatMap((anchor) => anchor ?? [])]
  return held.reduce((sum, step) => sum + 1 + (step.where?.length ?? 0), where?.length ?? 0)
}

function areaNodes(condition: PlaceCondition): number {
  if ('within' in condition || isBox(condition)) return 0
  return condition.in_region.reduce((sum, { postcodes }) => sum + 1 + (postcodes?.length ?? 0), 0)
}

/** Measures a rule. Ends early, so that a hostile rule costs no more than one at the limit. */
export function measureRule(rule: Rule): RuleSize {
  const size = { depth: 0, nodes: 0 }
  for (const step of walkRule(rule)) {
    const { node, depth } = step
    size.depth = Math.max(size.depth, depth)
    size.nodes += nodesOf(node)
    if (depth > ruleLimits.depth) return { ...size, beyond: { path: pathOf(step), limit: 'depth' } }
    if (size.nodes > ruleLimits.nodes) return { ...size, beyond: { path: pathOf(step), limit: 'nodes' } }
  }
  return size
}

/**
 * Refuses a rule beyond the limits before anything recursive touches it.
 * Throws `segment.too_deep` or `segment.too_many_nodes`.
 */
export function assertRuleSize(rule: Rule, act: string): void {
  const { beyond, depth, nodes } = measureRule(rule)
  if (beyond?.limit === 'depth')
    throw new AffluentError('segment.too_deep', { act, limit: ruleLimits.depth, found: depth })
  if (beyond)
    throw new AffluentError('segment.too_many_nodes', { act, limit: ruleLimits.nodes, found: nodes })
}

/** Names of the segments that a rule refers to, each once. */
export function referencedSegments(rule: Rule): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { node } of walkRule(rule)) if (node.kind === 'segment') names.add(node.condition.segment)
  return names
}

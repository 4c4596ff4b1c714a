import { traitsOf } from '../segment/profile-test.ts'
import type { Rule } from '../segment/rule.ts'
import { walkRule } from '../segment/walk-rule.ts'
import { partsOf, toExpressionNode, type ExpressionNode } from './expression-node.ts'
import type { Expression } from './expression.ts'

/** One node of an expression: its depth, counted from 1, and the keys that lead to it. */
export interface ExpressionStep {
  readonly node: ExpressionNode
  readonly depth: number
  readonly path: readonly (string | number)[]
}

/** Walks all nodes, parents before children and in order, without recursion. */
export function* walkExpression(expression: Expression): Generator<ExpressionStep> {
  const open = [{ expression, depth: 1, path: new Array<string | number>() }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { depth, path } = next
    const node = toExpressionNode(next.expression)
    yield { node, depth, path }
    const parts = partsOf(node).map(({ keys, part }) => ({
      expression: part,
      depth: depth + 1,
      path: [...path, ...keys],
    }))
    open.push(...parts.toReversed())
  }
}

/** The traits that an expression needs, also by its conditions. */
export function neededTraits(expression: Expression): ReadonlySet<string> {
  const needed = new Set<string>()
  for (const { node } of walkExpression(expression)) {
    if (node.kind === 'trait') needed.add(node.trait)
    if (node.kind === 'if') for (const trait of askedTraits(node.rule)) needed.add(trait)
  }
  return needed
}

function askedTraits(rule: Rule): string[] {
  return [...walkRule(rule)].flatMap(({ node }) => {
    if (node.kind === 'trait') return [node.condition.trait]
    if (node.kind !== 'money' && node.kind !== 'place') return []
    return traitsOf(node.condition).map(({ trait }) => trait)
  })
}

/** The events that an expression is about: all that its measures, windows and conditions name under "event". */
export function neededEvents(expression: Expression): ReadonlySet<string> {
  const needed = new Set<string>()
  const open: unknown[] = [expression]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at !== 'object' || at === null) continue
    for (const [key, value] of Object.entries(at)) {
      if (key === 'event' && typeof value === 'string') needed.add(value)
      else if (value !== undefined) open.push(value)
    }
  }
  return needed
}

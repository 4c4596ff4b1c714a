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
    if (node.kind !== 'if') continue
    for (const { node: condition } of walkRule(node.rule))
      if (condition.kind === 'trait') needed.add(condition.condition.trait)
  }
  return needed
}

/** The events that an expression counts, also by its conditions. */
export function neededEvents(expression: Expression): ReadonlySet<string> {
  const needed = new Set<string>()
  for (const { node } of walkExpression(expression)) {
    if (node.kind === 'event') needed.add(node.measure.event)
    if (node.kind !== 'if') continue
    for (const { node: condition } of walkRule(node.rule))
      if (condition.kind === 'event') needed.add(condition.condition.event)
  }
  return needed
}

import { compileFormulas, type BatchPlan } from './compile-batch.ts'
import type { Formula } from './formula.ts'
import { zoneOf } from './rank/rank-question.ts'
import type { Rule } from './rule.ts'
import { orderSegments, segmentClosure } from './segment-order.ts'
import { toAskedFormula, toFormula, type CompileContext } from './to-formula.ts'
import { assertRuleSize, pathOf, walkRule, type RulePath, type RuleStep } from './walk-rule.ts'

/** A node of a rule, with the names of the two seats that tell of whom it is true and of whom it is false. */
export interface CompiledNode {
  readonly rule: Rule
  readonly path: RulePath
  /** Position of the node above; undefined at the top. */
  readonly parent: number | undefined
  readonly isTrue: string
  readonly isFalse: string
}

/** A rule compiled so that each of its nodes can be counted. Nodes come parents first, in the order of the rule. */
export interface NodesPlan {
  readonly plan: BatchPlan
  readonly nodes: readonly CompiledNode[]
}

/**
 * Compiles every node of one segment's rule as a question of its own, asked for true and for false. Leaves are asked of people; what
 * joins them reads the seats of the nodes below, a level of the rule after the other, so that the cost grows with the nodes and not with
 * their depth. Segments that it refers to are evaluated before. Throws as `compileBatch` does.
 */
export function compileNodes(
  segment: string,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): NodesPlan {
  const closure = segmentClosure(segment, segments)
  const rule = closure.get(segment)
  if (rule) assertRuleSize(rule, 'compiling a rule')
  const formulas = new Map<string, Formula>()
  for (const [name, other] of closure) if (name !== segment) formulas.set(name, toFormula(other, context))
  const placed = placeNodes(rule)
  for (const { node, step, below } of placed) {
    const zoned = { ...context, zone: zoneOf(step) }
    formulas.set(node.isTrue, toFormulaOf(step, true, { below, context: zoned }))
    formulas.set(node.isFalse, toFormulaOf(step, false, { below, context: zoned }))
  }
  const before = orderSegments(closure)
    .map((names) => names.filter((name) => name !== segment))
    .filter((names) => names.length > 0)
  const nodes = placed.map(({ node }) => node)
  return { plan: compileFormulas(formulas, [...before, ...levelsOf(placed)], context), nodes }
}

interface PlacedNode {
  readonly step: RuleStep
  readonly node: CompiledNode
  readonly below: CompiledNode[]
}

/** All nodes, parents first, each with those right below it. No segment's name begins with "#". */
function placeNodes(rule: Rule | undefined): PlacedNode[] {
  const positions = new Map<RuleStep, number>()
  const placed: PlacedNode[] = []
  for (const step of rule ? walkRule(rule) : []) {
    const position = placed.length
    positions.set(step, position)
    const parent = step.parent && positions.get(step.parent)
    const names = { isTrue: `#${position}+`, isFalse: `#${position}-` }
    const node = { rule: step.rule, path: pathOf(step), parent, ...names }
    placed.push({ step, node, below: [] })
    if (parent !== undefined) placed[parent]?.below.push(node)
  }
  return placed
}

/** A leaf as a question of people; a node above others by their seats. */
function toFormulaOf(
  { node }: RuleStep,
  wanted: boolean,
  { below, context }: { readonly below: readonly CompiledNode[]; readonly context: CompileContext },
): Formula {
  const seat = (child: CompiledNode, truth: boolean): Formula => ({
    kind: 'member',
    segment: truth ? child.isTrue : child.isFalse,
    holds: true,
  })
  switch (node.kind) {
    case 'all':
    case 'any':
      return {
        kind: (node.kind === 'all') === wanted ? 'and' : 'or',
        parts: below.map((child) => seat(child, wanted)),
      }
    case 'not':
    case 'zoned':
      return { kind: 'and', parts: below.map((child) => seat(child, wanted !== (node.kind === 'not'))) }
    default:
      return toAskedFormula(node.condition, wanted, context)
  }
}

/** Names of seats by the height of their nodes, the leaves first. */
function levelsOf(placed: readonly PlacedNode[]): string[][] {
  const heights = new Map<CompiledNode, number>()
  const levels: string[][] = []
  for (const { node, below } of placed.toReversed()) {
    const height = Math.max(-1, ...below.map((child) => heights.get(child) ?? 0)) + 1
    heights.set(node, height)
    const level = levels[height] ?? []
    levels[height] = [...level, node.isTrue, node.isFalse]
  }
  return levels
}

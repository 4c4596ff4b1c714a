import { compileFormulas, type BatchPlan } from './compile-batch.ts'
import type { Formula } from './formula.ts'
import { zoneOf } from './rank/rank-question.ts'
import type { Rule } from './rule.ts'
import { orderSegments, segmentClosure } from './segment-order.ts'
import { toAskedFormula, toFormula, type CompileContext } from './to-formula.ts'
import { pathOf, walkRule, type RulePath, type RuleStep } from './walk-rule.ts'

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
 * Compiles every node of one segment's rule as a question of its own, asked for true and for false: all share their leaves, so counting
 * each node costs about what counting the rule does. Segments that it refers to are evaluated before. Throws as `compileBatch` does.
 */
export function compileNodes(
  segment: string,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): NodesPlan {
  const closure = segmentClosure(segment, segments)
  const formulas = new Map<string, Formula>()
  for (const [name, rule] of closure) if (name !== segment) formulas.set(name, toFormula(rule, context))
  const nodes = namedNodes(closure.get(segment))
  for (const { step, node } of nodes) {
    const zoned = { ...context, zone: zoneOf(step) }
    formulas.set(node.isTrue, toAskedFormula(node.rule, true, zoned))
    formulas.set(node.isFalse, toAskedFormula(node.rule, false, zoned))
  }
  const before = orderSegments(closure)
    .map((names) => names.filter((name) => name !== segment))
    .filter((names) => names.length > 0)
  const asked = nodes.flatMap(({ node }) => [node.isTrue, node.isFalse])
  return {
    plan: compileFormulas(formulas, [...before, asked], context),
    nodes: nodes.map(({ node }) => node),
  }
}

interface NamedNode {
  readonly step: RuleStep
  readonly node: CompiledNode
}

/** No segment's name begins with "#". */
function namedNodes(rule: Rule | undefined): NamedNode[] {
  const positions = new Map<RuleStep, number>()
  const named: NamedNode[] = []
  for (const step of rule ? walkRule(rule) : []) {
    const position = named.length
    positions.set(step, position)
    const parent = step.parent && positions.get(step.parent)
    const names = { isTrue: `#${position}+`, isFalse: `#${position}-` }
    named.push({ step, node: { rule: step.rule, path: pathOf(step), parent, ...names } })
  }
  return named
}

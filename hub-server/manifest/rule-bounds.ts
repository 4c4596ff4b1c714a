import { ruleLimits } from '../../core/segment/rule.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'

/** A step into a rule, back to where it came from: paths are spelt only where there is a fault, so that depth costs nothing. */
interface Step {
  readonly key: string | number
  readonly from: Step | undefined
}

interface OpenNode {
  readonly value: unknown
  readonly step: Step
  readonly depth: number
}

/** Members of a node that hold nodes; those of `all` and `any` are lists. */
const nodeKeys = ['all', 'any', 'not', 'rule'] as const

/**
 * Holds a rule to its limits on the bare JSON, without recursion, before any schema or compiler sees it. A node is a group or a
 * condition; depth counts nested groups with their condition; list values are those of one operand. Looks at each value once.
 */
export function checkRuleBounds(rule: unknown): PathFault[] {
  const faults: PathFault[] = []
  const open: OpenNode[] = [{ value: rule, step: { key: 'rule', from: undefined }, depth: 1 }]
  let nodes = 0
  let deepest: OpenNode | undefined
  for (let node = open.pop(); node; node = open.pop()) {
    nodes += 1
    if (node.depth > ruleLimits.depth && node.depth > (deepest?.depth ?? 0)) deepest = node
    const { value } = node
    if (!isObject(value)) continue
    addChildren(value, node, open)
    addLongLists(value, node.step, faults)
  }
  if (deepest) faults.push(toDepthFault(deepest))
  if (nodes > ruleLimits.nodes)
    faults.push({
      path: ['rule'],
      code: 'segment.too_many_nodes',
      params: { limit: ruleLimits.nodes, found: nodes },
    })
  return faults
}

function toDepthFault({ step, depth }: OpenNode): PathFault {
  const path = toPath(step)
  return {
    path: path.slice(0, pathLengthAt(path)),
    code: 'segment.too_deep',
    params: { limit: ruleLimits.depth, found: depth },
  }
}

function toPath(last: Step): ManifestPath {
  const keys: (string | number)[] = []
  for (let step: Step | undefined = last; step; step = step.from) keys.push(step.key)
  return keys.toReversed()
}

/** Leads to the first node of the branch that is beyond the limit, where the rule has to be cut. */
function pathLengthAt(path: ManifestPath): number {
  let depth = 1
  for (const [index, key] of path.entries()) {
    const isListStep = typeof path[index + 1] === 'number'
    if (index > 0 && typeof key === 'string' && !isListStep) depth += 1
    if (typeof key === 'number') depth += 1
    if (depth > ruleLimits.depth) return index + 1
  }
  return path.length
}

function addChildren(
  value: Readonly<Record<string, unknown>>,
  { step, depth }: OpenNode,
  open: OpenNode[],
): void {
  for (const key of nodeKeys) {
    if (!Object.hasOwn(value, key)) continue
    const child = value[key]
    const under: Step = { key, from: step }
    if (Array.isArray(child))
      for (const [index, item] of child.entries())
        open.push({ value: item, step: { key: index, from: under }, depth: depth + 1 })
    else if (key === 'not' || key === 'rule') open.push({ value: child, step: under, depth: depth + 1 })
  }
}

function addLongLists(value: Readonly<Record<string, unknown>>, step: Step, faults: PathFault[]): void {
  addLongList(value['value'], { key: 'value', from: step }, faults)
  const where = value['where']
  if (!Array.isArray(where)) return
  const within: Step = { key: 'where', from: step }
  for (const [index, item] of where.entries())
    if (isObject(item))
      addLongList(item['value'], { key: 'value', from: { key: index, from: within } }, faults)
}

function addLongList(list: unknown, at: Step, faults: PathFault[]): void {
  if (!Array.isArray(list) || list.length <= ruleLimits.listValues) return
  const expected = `length of the list ≤ ${ruleLimits.listValues}`
  const params = { key: 'value', expected, found: String(list.length), suggestion: '' }
  faults.push({ path: toPath(at), code: 'manifest.invalid_value', params })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

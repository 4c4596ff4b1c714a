import { ruleLimits } from '../../core/segment/rule.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'

interface OpenNode {
  readonly value: unknown
  readonly path: ManifestPath
  readonly depth: number
}

/**
 * Holds a rule to its limits on the bare JSON, without recursion, before any schema or compiler sees it. A node is a group or a
 * condition; depth counts nested groups with their condition; list values are those of one operand.
 */
export function checkRuleBounds(rule: unknown): PathFault[] {
  const faults: PathFault[] = []
  const open: OpenNode[] = [{ value: rule, path: ['rule'], depth: 1 }]
  let nodes = 0
  let deepest: OpenNode | undefined
  for (let node = open.pop(); node; node = open.pop()) {
    nodes += 1
    if (node.depth > ruleLimits.depth && node.depth > (deepest?.depth ?? 0)) deepest = node
    // One by one: a group may hold more conditions than a call takes arguments.
    for (const child of childNodes(node)) open.push(child)
    for (const fault of longLists(node)) faults.push(fault)
  }
  if (deepest)
    faults.push({
      path: deepest.path.slice(0, pathLengthAt(deepest)),
      code: 'segment.too_deep',
      params: { limit: ruleLimits.depth, found: deepest.depth },
    })
  if (nodes > ruleLimits.nodes)
    faults.push({
      path: ['rule'],
      code: 'segment.too_many_nodes',
      params: { limit: ruleLimits.nodes, found: nodes },
    })
  return faults
}

/** Leads to the first node of the branch that is beyond the limit, where the rule has to be cut. */
function pathLengthAt({ path }: OpenNode): number {
  let depth = 1
  for (const [index, key] of path.entries()) {
    const isListStep = typeof path[index + 1] === 'number'
    if (index > 0 && typeof key === 'string' && !isListStep) depth += 1
    if (typeof key === 'number') depth += 1
    if (depth > ruleLimits.depth) return index + 1
  }
  return path.length
}

function childNodes({ value, path, depth }: OpenNode): OpenNode[] {
  if (!isObject(value)) return []
  const under = (key: string | number, child: unknown, at: ManifestPath): OpenNode => ({
    value: child,
    path: [...at, key],
    depth: depth + 1,
  })
  return ['all', 'any', 'not', 'rule'].flatMap((key) => {
    if (!Object.hasOwn(value, key)) return []
    const child = value[key]
    if (!Array.isArray(child)) return key === 'not' || key === 'rule' ? [under(key, child, path)] : []
    return child.map((item: unknown, index) => under(index, item, [...path, key]))
  })
}

function longLists({ value, path }: OpenNode): PathFault[] {
  if (!isObject(value)) return []
  const where = Array.isArray(value['where']) ? value['where'] : []
  const operands: { list: unknown; at: ManifestPath }[] = [
    { list: value['value'], at: [...path, 'value'] },
    ...where.map((item: unknown, index) => ({
      list: isObject(item) ? item['value'] : undefined,
      at: [...path, 'where', index, 'value'],
    })),
  ]
  return operands.flatMap(({ list, at }) => {
    if (!Array.isArray(list) || list.length <= ruleLimits.listValues) return []
    const expected = `length of the list ≤ ${ruleLimits.listValues}`
    const params = { key: 'value', expected, found: String(list.length), suggestion: '' }
    return [{ path: at, code: 'manifest.invalid_value' as const, params }]
  })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

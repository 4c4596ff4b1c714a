import type { SplitManifest } from '../manifest/manifest.ts'
import { holdoutArm } from '../manifest/split.ts'
import { childrenOf, toNode } from '../segment/rule-node.ts'
import type { Rule } from '../segment/rule.ts'

/** Names of the segments that hold the people whom splits hold out. */
export function holdoutSegments(splits: Iterable<SplitManifest>): ReadonlySet<string> {
  const names = [...splits].flatMap(({ name, holdout }) =>
    holdout === undefined ? [] : [`${name}.${holdoutArm}`],
  )
  return new Set(names)
}

/** A segment as it is asked for: its members, or everybody else. */
interface Asked {
  readonly segment: string
  readonly isNegated: boolean
  readonly way: readonly string[]
}

/**
 * The way from a segment to a holdout whose people its rule lets in: through references that no "not" turns round. Undefined when it
 * lets none in by name; a holdout that is excluded is none.
 */
export function findHoldout(
  segment: string,
  segments: ReadonlyMap<string, Rule>,
  holdouts: ReadonlySet<string>,
): readonly string[] | undefined {
  const open: Asked[] = [{ segment, isNegated: false, way: [segment] }]
  const seen = new Set<string>()
  for (let asked = open.pop(); asked; asked = open.pop()) {
    if (!asked.isNegated && holdouts.has(asked.segment)) return asked.way
    const key = `${asked.segment} ${asked.isNegated}`
    const rule = segments.get(asked.segment)
    if (!rule || seen.has(key)) continue
    seen.add(key)
    for (const next of referencesOf(rule, asked)) open.push(next)
  }
  return undefined
}

function referencesOf(rule: Rule, { isNegated, way }: Asked): Asked[] {
  const found: Asked[] = []
  const open = [{ rule, isNegated }]
  for (let at = open.pop(); at; at = open.pop()) {
    const node = toNode(at.rule)
    if (node.kind === 'segment') {
      const { segment } = node.condition
      found.push({ segment, isNegated: at.isNegated, way: [...way, segment] })
    }
    const turned = node.kind === 'not' ? !at.isNegated : at.isNegated
    for (const child of childrenOf(node)) open.push({ rule: child, isNegated: turned })
  }
  return found
}

import { AffluentError } from '../errors/affluent-error.ts'
import type { Rule } from './rule.ts'
import { referencedSegments } from './walk-rule.ts'

/**
 * Orders segments by what they refer to: each level needs only segments of earlier levels. Within a level the order of the map is
 * kept. Throws `segment.cycle` naming the circle, and `segment.unknown_name` for a reference that leads nowhere.
 */
export function orderSegments(segments: ReadonlyMap<string, Rule>): readonly (readonly string[])[] {
  const needs = new Map([...segments].map(([name, rule]) => [name, referencedSegments(rule)]))
  assertReferences(needs)
  const placed = new Set<string>()
  const levels: string[][] = []
  while (placed.size < needs.size) {
    const level = [...needs.keys()].filter(
      (name) => !placed.has(name) && [...(needs.get(name) ?? [])].every((need) => placed.has(need)),
    )
    if (level.length === 0) throw toCycleError(needs, placed)
    for (const name of level) placed.add(name)
    levels.push(level)
  }
  return levels
}

function assertReferences(needs: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const references of needs.values())
    for (const name of references)
      if (!needs.has(name))
        throw new AffluentError('segment.unknown_name', {
          act: 'ordering the segments',
          kind: 'segment',
          name,
        })
}

function toCycleError(
  needs: ReadonlyMap<string, ReadonlySet<string>>,
  placed: ReadonlySet<string>,
): AffluentError {
  const path: string[] = []
  let name = [...needs.keys()].find((name) => !placed.has(name))
  // What is left waits for another one that is left, so following the waiting leads back to a name that was passed.
  while (name !== undefined && !path.includes(name)) {
    path.push(name)
    name = [...(needs.get(name) ?? [])].find((need) => !placed.has(need))
  }
  const start = name === undefined ? 0 : path.indexOf(name)
  const cycle = [...path.slice(start), name].join(' → ')
  return new AffluentError('segment.cycle', { act: 'ordering the segments', cycle })
}

/** The way from one segment to another along references, both included, or undefined when there is none. */
export function findReferencePath(
  from: string,
  to: string,
  segments: ReadonlyMap<string, Rule>,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]])
  const open = [from]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return traceBack(at, cameFrom)
    const rule = segments.get(at)
    for (const next of rule ? referencedSegments(rule) : []) {
      if (cameFrom.has(next)) continue
      cameFrom.set(next, at)
      open.push(next)
    }
  }
  return undefined
}

function traceBack(last: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const path: string[] = []
  for (let at: string | undefined = last; at !== undefined; at = cameFrom.get(at)) path.unshift(at)
  return path
}

/** The segments that one segment needs, with itself, in no order. Unknown names are left out. */
export function segmentClosure(name: string, segments: ReadonlyMap<string, Rule>): Map<string, Rule> {
  const closure = new Map<string, Rule>()
  const open = [name]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const rule = segments.get(at)
    if (!rule || closure.has(at)) continue
    closure.set(at, rule)
    open.push(...referencedSegments(rule))
  }
  return closure
}

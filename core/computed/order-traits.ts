import { AffluentError } from '../errors/affluent-error.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { computedTraits } from './derived-traits.ts'
import { neededTraits } from './walk-expression.ts'

/** Computed traits in levels: each level needs only source traits, enriched ones and those of earlier levels. */
export interface TraitOrder {
  readonly levels: readonly (readonly string[])[]
  /** A circle of traits that need each other, first and last alike; undefined when there is none. */
  readonly cycle: readonly string[] | undefined
}

/** Orders computed traits by what they need. With a circle, the levels hold only what does not stand on it. */
export function findTraitOrder(schema: ProfileSchema): TraitOrder {
  const computed = computedTraits(schema)
  const needs = new Map(
    [...computed].map(([name, expression]) => [
      name,
      [...neededTraits(expression)].filter((trait) => computed.has(trait)),
    ]),
  )
  const placed = new Set<string>()
  const levels: string[][] = []
  while (placed.size < needs.size) {
    const level = [...needs].flatMap(([name, others]) =>
      !placed.has(name) && others.every((other) => placed.has(other)) ? [name] : [],
    )
    if (level.length === 0) return { levels, cycle: findCycle(needs, placed) }
    for (const name of level) placed.add(name)
    levels.push(level)
  }
  return { levels, cycle: undefined }
}

/** The levels of a checked schema. Throws `trait.cycle`, naming the circle. */
export function orderTraits(schema: ProfileSchema): readonly (readonly string[])[] {
  const { levels, cycle } = findTraitOrder(schema)
  if (cycle)
    throw new AffluentError('trait.cycle', { act: 'ordering the computed traits', cycle: cycle.join(' → ') })
  return levels
}

/** What is left waits for another one that is left, so following the waiting leads back to a name that was passed. */
function findCycle(needs: ReadonlyMap<string, readonly string[]>, placed: ReadonlySet<string>): string[] {
  const path: string[] = []
  let name = [...needs.keys()].find((each) => !placed.has(each))
  while (name !== undefined && !path.includes(name)) {
    path.push(name)
    name = needs.get(name)?.find((other) => !placed.has(other))
  }
  return name === undefined ? path : [...path.slice(path.indexOf(name)), name]
}

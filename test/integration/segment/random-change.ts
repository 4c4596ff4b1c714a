import * as fc from 'fast-check'
import type { Person } from '../../../core/segment/person.ts'
import { populationOf, worldAsOf } from './random-world.ts'
import type { PeopleChange } from './rule-engine.ts'

const day = 86_400_000

/** How some people, at most so many, were others before, and when that was. */
export function randomChange(after: readonly Person[], most: number): fc.Arbitrary<PeopleChange> {
  return fc
    .record({
      others: populationOf(Math.min(most, after.length)),
      first: fc.nat({ max: after.length - 1 }),
      back: fc.constantFrom(0, 1, 3_600_000, day, 7 * day, 40 * day),
    })
    .map(({ others, first, back }) => {
      const changed = others.map((_, index) => (first + index) % after.length)
      const before = after.map((person, place) => others[changed.indexOf(place)] ?? person)
      return { before, after, changed, from: worldAsOf - back }
    })
}

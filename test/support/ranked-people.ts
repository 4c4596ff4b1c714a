import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import type { Person } from '../../core/segment/person.ts'
import { rankPeople } from '../../core/segment/rank/rank-people.ts'
import { collectRanks } from '../../core/segment/rank/rank-question.ts'
import type { Rule } from '../../core/segment/rule.ts'

/** A person with all that the reference evaluator needs of others: an id, and the ranks within which they stand. */
export interface RankedPerson extends Person {
  readonly profileId: bigint
}

/** Numbers people from 1 and ranks them for the rules that ask for ranks. */
export function rankedPeople(
  people: readonly Person[],
  rules: Iterable<Rule>,
  context: { readonly schema: ProfileSchema; readonly asOf: number },
): RankedPerson[] {
  const numbered = people.map((person, index) => ({ ...person, profileId: BigInt(index + 1) }))
  const ranks = [...collectRanks(rules)].map(
    ([key, question]) => [key, rankPeople(question, numbered, context)] as const,
  )
  return numbered.map((person) => ({
    ...person,
    ranks: new Set(ranks.flatMap(([key, within]) => (within.has(person.profileId) ? [key] : []))),
  }))
}

import type { ProfileSchema } from '../../profile/profile-schema.ts'
import { countedEvents, toZoned } from '../counted-events.ts'
import { computeMeasure, ownValue } from '../measure.ts'
import { computeNet } from '../net-formula.ts'
import type { Person, Value } from '../person.ts'
import type { RankCondition } from '../rule.ts'
import type { RankQuestion } from './rank-question.ts'
import { readTop } from './read-top.ts'

/**
 * The profile ids of all people who stand within a rank. Ranked is who has a value: of a measure over events, who has an event that
 * counts. Of equal values, the smaller profile id comes first; a share is rounded down. `asOf` is in epoch milliseconds.
 */
export function rankPeople(
  { condition, zone }: RankQuestion,
  people: readonly Person[],
  { schema, asOf }: { readonly schema: ProfileSchema; readonly asOf: number },
): ReadonlySet<bigint> {
  const moment = { schema, asOf: BigInt(asOf) * 1000n, zone }
  const ranked = people.flatMap((person) => {
    const value = rankedValue(condition.rank, person, moment)
    return value === undefined || person.profileId === undefined ? [] : [{ id: person.profileId, value }]
  })
  const sign = condition.order === 'highest' ? 1 : -1
  const ordered = ranked.toSorted((a, b) => {
    if (a.value !== b.value) return a.value < b.value ? sign : -sign
    return a.id < b.id ? -1 : 1
  })
  const top = readTop(condition.top)
  const most = top.unit === 'people' ? top.amount : (ordered.length * top.amount) / 100
  return new Set(ordered.filter((_, index) => index + 1 <= most).map(({ id }) => id))
}

function rankedValue(
  by: RankCondition['rank'],
  person: Person,
  moment: Parameters<typeof countedEvents>[2],
): Value | undefined {
  if ('trait' in by) return ownValue(person.traits, by.trait)
  if ('net' in by) return computeNet(by, person, moment)
  const events = countedEvents(by, person, moment)
  return events.length === 0 ? undefined : computeMeasure(by, events, toZoned(moment))
}

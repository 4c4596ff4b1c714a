import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import { rankedPeople } from '../../support/ranked-people.ts'
import type { Members } from './members.ts'
import type { RuleMoment } from './rule-engine.ts'

/** Members by the reference evaluator, segment by segment in their order. */
export function referenceMembers(
  segments: ReadonlyMap<string, Rule>,
  people: readonly Person[],
  moment: RuleMoment,
): Members {
  const memberships = people.map(() => new Set<string>())
  const members: Record<string, number[]> = {}
  const ranked = rankedPeople(people, segments.values(), moment)
  for (const name of orderSegments(segments).flat()) {
    const rule = segments.get(name) ?? { any: [] }
    members[name] = ranked.flatMap((person, index) => {
      const segmentsOf = memberships[index] ?? new Set()
      return evaluateRule(rule, { ...person, segments: segmentsOf }, moment) === true ? [index + 1] : []
    })
    for (const member of members[name]) memberships[member - 1]?.add(name)
  }
  return members
}

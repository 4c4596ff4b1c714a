import type { RankCondition, Rule } from '../rule.ts'
import { utc, type TimeZone } from '../time/time-zone.ts'
import { findTimeZone } from '../unknown-name.ts'
import { walkRule, type RuleStep } from '../walk-rule.ts'

/** A condition on a rank, in the zone of the rule around it. */
export interface RankQuestion {
  readonly condition: RankCondition
  readonly zone: TimeZone
}

/** Names a rank among `Person.ranks`: equal conditions in one zone ask the same. */
export function rankKey({ condition, zone }: RankQuestion): string {
  return JSON.stringify([zone.name, condition])
}

/** All conditions on ranks of rules, each once, by their keys. */
export function collectRanks(rules: Iterable<Rule>): ReadonlyMap<string, RankQuestion> {
  const found = new Map<string, RankQuestion>()
  for (const rule of rules) {
    for (const step of walkRule(rule)) {
      if (step.node.kind !== 'rank') continue
      const question = { condition: step.node.condition, zone: zoneOf(step) }
      found.set(rankKey(question), question)
    }
  }
  return found
}

/** The zone by whose clocks a place in a rule counts. */
export function zoneOf(step: RuleStep): TimeZone {
  for (let at: RuleStep | undefined = step; at; at = at.parent)
    if (at.node.kind === 'zoned') return findTimeZone(at.node.zone)
  return utc
}

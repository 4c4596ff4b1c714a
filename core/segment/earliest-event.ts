import { computedTraits } from '../computed/derived-traits.ts'
import { walkExpression } from '../computed/walk-expression.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { microsPerDay } from './calendar.ts'
import { momentOf } from './event-filter.ts'
import { bindWindow } from './event-window.ts'
import { zoneOf } from './rank/rank-question.ts'
import type { RuleNode } from './rule-node.ts'
import type { EventWindow, Rule } from './rule.ts'
import { utc, type TimeZone } from './time/time-zone.ts'
import { walkRule } from './walk-rule.ts'

/** Clocks that are turned move the start of a window back again, by hours. */
const margin = 2n * microsPerDay

/**
 * The instant (microseconds) before which no event matters to these rules, nor to the computed traits of the schema, at the moment or at
 * any later one: windows only move on. Undefined when any event may matter. `asOf`: epoch milliseconds.
 */
export function earliestEvent(
  rules: Iterable<Rule>,
  schema: ProfileSchema,
  asOf: number,
): bigint | undefined {
  const starts: (bigint | null)[] = []
  const ask = (window: EventWindow | undefined, zone: TimeZone): void =>
    void starts.push(bindWindow(window, momentOf({ asOf, zone })).after)
  const askRule = (rule: Rule): void => {
    for (const step of walkRule(rule)) for (const window of windowsOf(step.node)) ask(window, zoneOf(step))
  }
  for (const rule of rules) askRule(rule)
  for (const expression of computedTraits(schema).values())
    for (const { node } of walkExpression(expression)) {
      if (node.kind === 'if') askRule(node.rule)
      if (node.kind === 'event') ask(node.measure.window, utc)
    }
  return starts.reduce<bigint | undefined>(earlier, asOfMicros(asOf))
}

function earlier(first: bigint | undefined, start: bigint | null): bigint | undefined {
  if (first === undefined || start === null) return undefined
  const from = start - margin
  return from < first ? from : first
}

const asOfMicros = (asOf: number): bigint => BigInt(asOf) * 1000n

/** What follows an event of a window lies after it, and what a window lies between has windows without a start. */
function windowsOf(node: RuleNode): (EventWindow | undefined)[] {
  switch (node.kind) {
    case 'event':
    case 'net':
      return [node.condition.window]
    case 'rank':
      return 'trait' in node.condition.rank ? [] : [node.condition.rank.window]
    default:
      return []
  }
}

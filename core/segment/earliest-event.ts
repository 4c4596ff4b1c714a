import { computedTraits } from '../computed/derived-traits.ts'
import { walkExpression } from '../computed/walk-expression.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { microsPerDay } from './calendar.ts'
import { momentOf } from './event-filter.ts'
import { bindWindow } from './event-window.ts'
import { zoneOf } from './rank/rank-question.ts'
import { eventsOf, measuredEvents } from './referenced-events.ts'
import type { RuleNode } from './rule-node.ts'
import type { EventWindow, Rule } from './rule.ts'
import { utc, type TimeZone } from './time/time-zone.ts'
import { walkRule } from './walk-rule.ts'

/** Clocks that are turned move the start of a window back again, by hours. */
const margin = 2n * microsPerDay

/**
 * For each event that these rules and the computed traits of the schema name: the instant (microseconds) before which none of that name
 * matters to them, at the moment or at any later one, for windows only move on; undefined where any may. `asOf`: epoch milliseconds.
 */
export function earliestEvents(
  rules: Iterable<Rule>,
  schema: ProfileSchema,
  asOf: number,
): ReadonlyMap<string, bigint | undefined> {
  const starts = new Map<string, bigint | undefined>()
  const ask = (names: readonly string[], window: EventWindow | undefined, zone: TimeZone): void => {
    const { after } = bindWindow(window, momentOf({ asOf, zone }))
    for (const name of names) {
      const known = starts.has(name) ? starts.get(name) : asOfMicros(asOf)
      starts.set(name, earlier(known, after))
    }
  }
  const askRule = (rule: Rule): void => {
    for (const step of walkRule(rule)) ask(eventsOf(step.node), windowOf(step.node), zoneOf(step))
  }
  for (const rule of rules) askRule(rule)
  for (const expression of computedTraits(schema).values())
    for (const { node } of walkExpression(expression)) {
      if (node.kind === 'if') askRule(node.rule)
      if (node.kind === 'event') ask(measuredEvents(node.measure), node.measure.window, utc)
    }
  return starts
}

/** The earliest of such instants, undefined where any event may matter. */
export function earliestEvent(starts: ReadonlyMap<string, bigint | undefined>): bigint | undefined {
  const [first, ...others] = starts.values()
  return others.reduce((least, start) => {
    if (least === undefined || start === undefined) return undefined
    return start < least ? start : least
  }, first)
}

function earlier(first: bigint | undefined, start: bigint | null): bigint | undefined {
  if (first === undefined || start === null) return undefined
  const from = start - margin
  return from < first ? from : first
}

const asOfMicros = (asOf: number): bigint => BigInt(asOf) * 1000n

/** What follows an event of a window lies after it, and what a window lies between has windows without a start. */
function windowOf(node: RuleNode): EventWindow | undefined {
  if (node.kind === 'event' || node.kind === 'net') return node.condition.window
  return node.kind === 'rank' && !('trait' in node.condition.rank) ? node.condition.rank.window : undefined
}

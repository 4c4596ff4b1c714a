import { isAnchored } from './event-window.ts'
import type { EventMeasure } from './measure.ts'
import type { RuleNode } from './rule-node.ts'
import type { EventWindow, NetMeasure, Rule } from './rule.ts'
import { walkRule } from './walk-rule.ts'

/** Names of all events that rules ask about one person: counted ones, those that follow, and those that windows lie between. */
export function referencedEvents(rules: Iterable<Rule>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const rule of rules)
    for (const { node } of walkRule(rule)) for (const name of eventsOf(node)) names.add(name)
  return names
}

/** The same of one node. */
export function eventsOf(node: RuleNode): string[] {
  if (node.kind === 'event') return measuredEvents(node.condition)
  if (node.kind === 'net') return summedEvents(node.condition)
  if (node.kind !== 'rank' || 'trait' in node.condition.rank) return []
  const { rank } = node.condition
  return 'net' in rank ? summedEvents(rank) : measuredEvents(rank)
}

function summedEvents({ net, window }: NetMeasure): string[] {
  return [...net.map(({ event }) => event), ...windowEvents(window)]
}

/** The same of one measure. */
export function measuredEvents({
  event,
  followed_by: chain,
  not_followed_by: absent,
  window,
}: EventMeasure): string[] {
  const steps = [...(chain ?? []), ...(absent ? [absent] : [])]
  return [event, ...steps.map((step) => step.event), ...windowEvents(window)]
}

function windowEvents(window: EventWindow | undefined): string[] {
  if (!window || !isAnchored(window)) return []
  return [window.after_event, window.before_event].flatMap((anchor) => anchor?.event ?? [])
}

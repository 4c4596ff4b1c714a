import type { ProfileSchema } from '../profile/profile-schema.ts'
import { checkComparison, trialMoments } from './check-comparison.ts'
import { checkName } from './check-name.ts'
import { parseDuration } from './duration.ts'
import { isAnchored, readLength, readWindow, WindowFault } from './event-window.ts'
import { ownValue } from './measure.ts'
import { OperandFault, readInstant } from './operand.ts'
import type { RuleFault } from './rule-fault.ts'
import type { EventCondition, EventStep, EventWindow } from './rule.ts'
import { utc } from './time/time-zone.ts'
import type { RulePath } from './walk-rule.ts'

/** Faults of an event's name and of the conditions on its properties. */
export function checkEventName(
  { event, where }: Pick<EventCondition, 'event' | 'where'>,
  path: RulePath,
  schema: ProfileSchema,
): RuleFault[] {
  const properties = ownValue(schema.events, event)?.properties
  if (!properties) return checkName('event', event, Object.keys(schema.events), [...path, 'event'])
  return (where ?? []).flatMap((filter, index) => {
    const { property } = filter
    const at = [...path, 'where', index]
    const type = ownValue(properties, property)
    if (!type) return checkName('property', property, Object.keys(properties), [...at, 'property'])
    return checkComparison({ ...filter, type }, at)
  })
}

/** Faults of a step that follows another event. */
export function checkStep(step: EventStep, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const faults = checkEventName(step, path, schema)
  return readLength(step.within) === undefined
    ? [...faults, stepFault(step.within, [...path, 'within'])]
    : faults
}

/** Months and years are no length between two events, as they differ. */
function stepFault(within: string, path: RulePath): RuleFault {
  const fault = windowFault(within, path)
  return parseDuration(within) ? { ...fault, params: { ...fault.params, unit: '30 days' } } : fault
}

/** Faults of a window of a condition at `path`. */
export function checkWindow(
  window: EventWindow | undefined,
  path: RulePath,
  schema: ProfileSchema,
): RuleFault[] {
  if (!window) return []
  const at = [...path, 'window']
  if (isAnchored(window)) {
    const { after_event: after, before_event: before } = window
    return [
      ...(after ? checkEventName(after, [...at, 'after_event'], schema) : []),
      ...(before ? checkEventName(before, [...at, 'before_event'], schema) : []),
    ]
  }
  const tried = trialMoments.map((asOf) => readWindow(window, { asOf, zone: utc }))
  const unreadable = tried.find((result) => result instanceof WindowFault)
  const text = unreadable?.window ?? reversedSpan(window)
  return text === undefined ? [] : [windowFault(text, at)]
}

function windowFault(window: string, path: RulePath): RuleFault {
  return { path, code: 'segment.impossible_window', params: { window: window.slice(0, 64) } }
}

/** The text of a window that ends before it begins, whenever the rule runs. */
function reversedSpan(window: EventWindow): string | undefined {
  if (!('from' in window && 'to' in window)) return undefined
  const { from, to } = window
  if (from === undefined || to === undefined) return undefined
  const isReversed = trialMoments.every((asOf) => {
    const start = readInstant(from, { asOf, zone: utc })
    const end = readInstant(to, { asOf, zone: utc })
    return !(start instanceof OperandFault) && !(end instanceof OperandFault) && start.from > end.to
  })
  return isReversed ? `${from} – ${to}` : undefined
}

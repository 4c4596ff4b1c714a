import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { checkComparison, trialMoments } from './check-comparison.ts'
import { checkName } from './check-name.ts'
import { eventOperand } from './evaluate-rule.ts'
import { readWindow, WindowFault } from './event-window.ts'
import { isTotal, measurableTypes, ownValue } from './measure.ts'
import { OperandFault, readInstant } from './operand.ts'
import type { RuleFault } from './rule-fault.ts'
import type { EventCondition, EventWindow } from './rule.ts'
import { utc } from './time/time-zone.ts'
import type { RulePath } from './walk-rule.ts'

/** Faults of a condition on events: its name, measure, property, filter, window, operator and operand. */
export function checkEvent(condition: EventCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const definition = ownValue(schema.events, condition.event)
  if (!definition) return checkName('event', condition.event, Object.keys(schema.events), [...path, 'event'])
  const { properties } = definition
  const filters = (condition.where ?? []).flatMap((filter, index) => {
    const { property } = filter
    const at = [...path, 'where', index]
    const type = ownValue(properties, property)
    if (!type) return checkName('property', property, Object.keys(properties), [...at, 'property'])
    return checkComparison({ ...filter, type }, at)
  })
  return [...checkMeasure(condition, path, properties), ...filters, ...checkWindow(condition.window, path)]
}

function checkMeasure(
  condition: EventCondition,
  path: RulePath,
  properties: Readonly<Record<string, TraitType>>,
): RuleFault[] {
  const { measure, property, op } = condition
  const found = property === undefined ? undefined : ownValue(properties, property)
  if (property !== undefined && !found)
    return checkName('property', property, Object.keys(properties), [...path, 'property'])
  const fault = propertyFault(condition, found)
  if (fault) return [{ path: [...path, ...fault.keys], code: 'segment.wrong_type', params: fault.params }]
  if (isTotal(measure) && (op === 'exists' || op === 'missing')) {
    const params = { operator: op, expected: 'a measure that can be missing', found: measure }
    return [{ path: [...path, 'op'], code: 'segment.wrong_type', params }]
  }
  const type = isTotal(measure) || measure === 'average' ? 'number' : found
  return checkComparison({ op, value: eventOperand(condition), type: type ?? 'datetime' }, path)
}

/** Each measure takes the property it needs, of a type that it can be taken of. */
function propertyFault(
  { measure }: EventCondition,
  found: TraitType | undefined,
): { readonly keys: RulePath; readonly params: Record<string, string> } | undefined {
  const fitting: readonly TraitType[] = measurableTypes[measure]
  if (found && !fitting.includes(found)) {
    const expected = fitting.length === 0 ? 'no property' : fitting.join(', ')
    return { keys: ['property'], params: { operator: measure, expected, found } }
  }
  const isOptional = measure === 'count' || measure === 'first' || measure === 'last'
  if (found || isOptional) return undefined
  return { keys: [], params: { operator: measure, expected: 'a property', found: 'nothing' } }
}

function checkWindow(window: EventWindow | undefined, path: RulePath): RuleFault[] {
  if (!window) return []
  const tried = trialMoments.map((asOf) => readWindow(window, { asOf, zone: utc }))
  const unreadable = tried.find((result) => result instanceof WindowFault)
  const text = unreadable?.window ?? reversedSpan(window)
  if (text === undefined) return []
  const params = { window: text.slice(0, 64) }
  return [{ path: [...path, 'window'], code: 'segment.impossible_window', params }]
}

/** The text of a window that ends before it begins, whenever the rule runs. */
function reversedSpan(window: EventWindow): string | undefined {
  if ('last' in window || 'during' in window || window.from === undefined || window.to === undefined)
    return undefined
  const { from, to } = window
  const isReversed = trialMoments.every((asOf) => {
    const start = readInstant(from, { asOf, zone: utc })
    const end = readInstant(to, { asOf, zone: utc })
    return !(start instanceof OperandFault) && !(end instanceof OperandFault) && start.from > end.to
  })
  return isReversed ? `${from} – ${to}` : undefined
}

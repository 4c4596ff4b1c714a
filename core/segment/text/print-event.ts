import { isAnchored } from '../event-window.ts'
import type { EventMeasure } from '../measure.ts'
import type { EventAnchor, EventCondition, EventStep, EventWindow, PropertyCondition } from '../rule.ts'
import { printComparison, printDuration, printInstant, printPeriod } from './print-comparison.ts'
import { printName } from './print-value.ts'

/** A condition on events. Asked for at least one without saying how many, they are `performed`. */
export function printEvent(condition: EventCondition): string {
  const { measure, property, op, value } = condition
  const isPerformed =
    measure === 'count' && property === undefined && op === 'at_least' && value === undefined
  if (isPerformed) return `performed(${printInside(condition)})`
  return [printMeasured(condition), ...printComparison({ op, value })].join(' ')
}

/** A measure with its events: `sum(purchase.amount, last 30 days)`. */
export function printMeasured(measured: EventMeasure): string {
  return `${measured.measure}(${printInside(measured)})`
}

function printInside(measured: EventMeasure): string {
  const { where, window, followed_by: chain, not_followed_by: absent } = measured
  return [
    [printSubject(measured), ...printWhere(where)].join(' '),
    ...printWindow(window),
    ...(chain ?? []).map((step) => `followed by ${printStep(step)}`),
    ...(absent ? [`not followed by ${printStep(absent)}`] : []),
  ].join(', ')
}

export function printSubject({
  event,
  property,
}: {
  readonly event: string
  readonly property?: string | undefined
}): string {
  return property === undefined ? printName(event) : `${printName(event)}.${printName(property)}`
}

/** A filter on properties; none for events that have no filter. */
export function printWhere(where: readonly PropertyCondition[] | undefined): string[] {
  if (!where) return []
  if (where.length === 0) return ['where always']
  const conditions = where.map(({ property, ...asked }) =>
    [printName(property), ...printComparison(asked)].join(' '),
  )
  return [`where ${conditions.join(' and ')}`]
}

function printStep({ event, where, within }: EventStep): string {
  return [printName(event), ...printWhere(where), `within ${printDuration(within)}`].join(' ')
}

/** The parts of a window, as they stand between commas. */
export function printWindow(window: EventWindow | undefined): string[] {
  if (!window) return []
  if ('last' in window) return [`last ${printDuration(window.last)}`]
  if ('during' in window) return [`during ${printPeriod(window.during)}`]
  if (isAnchored(window)) {
    const { after_event: after, before_event: before } = window
    const parts = [
      ...(after ? [`after ${printAnchor(after)}`] : []),
      ...(before ? [`before ${printAnchor(before)}`] : []),
    ]
    return parts.length === 0 ? ['any time'] : parts
  }
  const { from, to } = window
  const parts = [
    ...(from === undefined ? [] : [`from ${printInstant(from)}`]),
    ...(to === undefined ? [] : [`to ${printInstant(to)}`]),
  ]
  return [parts.length === 0 ? 'any time' : parts.join(' ')]
}

function printAnchor({ event, which, where }: EventAnchor): string {
  return [which, printName(event), ...printWhere(where)].join(' ')
}

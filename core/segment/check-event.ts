import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { checkComparison } from './check-comparison.ts'
import { checkName } from './check-name.ts'
import { checkEventName, checkStep, checkWindow } from './check-window.ts'
import { eventOperand } from './event-operand.ts'
import { isNumeric, isTotal, measurableTypes, ownValue, type EventMeasure } from './measure.ts'
import type { RuleFault } from './rule-fault.ts'
import type { EventCondition, NetCondition, NetMeasure, RankCondition } from './rule.ts'
import type { RulePath } from './walk-rule.ts'

/** Faults of a condition on events: its name, measure, property, operator, operand, filter, window and steps. */
export function checkEvent(condition: EventCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const properties = ownValue(schema.events, condition.event)?.properties
  if (!properties) return checkEventName(condition, path, schema)
  const faults = checkProperty(condition, path, properties)
  const compared = faults.length > 0 ? faults : checkAsked(condition, path, properties)
  return [...compared, ...checkCounted(condition, path, schema)]
}

/** Faults of a sum over several events. */
export function checkNet(condition: NetCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const { op, value } = condition
  const compared =
    op === 'exists' || op === 'missing'
      ? [neverMissing(op, 'net', path)]
      : checkComparison({ op, value, type: 'number' }, path)
  return [...checkTerms(condition, path, schema), ...compared]
}

function checkTerms({ net, window }: NetMeasure, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const terms = net.flatMap((term, index) => {
    const at = [...path, 'net', index]
    const properties = ownValue(schema.events, term.event)?.properties
    const faults = properties ? checkProperty({ ...term, measure: 'sum' }, at, properties) : []
    return [...faults, ...checkEventName(term, at, schema)]
  })
  return [...terms, ...checkWindow(window, path, schema)]
}

/** Faults of a rank: what it is by must be in the schema, and be of a type that has an order of its own. */
export function checkRank({ rank, top }: RankCondition, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const at = [...path, 'rank']
  const empty =
    typeof top === 'string' && Number.parseFloat(top) === 0
      ? [wrongType([...path, 'top'], { operator: 'rank', expected: 'more than 0 %', found: top })]
      : []
  if ('trait' in rank) {
    const type = ownValue(schema.traits, rank.trait)?.type
    if (!type)
      return [...checkName('trait', rank.trait, Object.keys(schema.traits), [...at, 'trait']), ...empty]
    return [...checkRankable(type, [...at, 'trait']), ...empty]
  }
  if ('net' in rank) return [...checkTerms(rank, at, schema), ...empty]
  const properties = ownValue(schema.events, rank.event)?.properties
  if (!properties) return [...checkEventName(rank, at, schema), ...empty]
  const faults = checkProperty(rank, at, properties)
  const type = valueType(rank, properties)
  const compared = faults.length > 0 ? faults : checkRankable(type, [...at, 'property'])
  return [...compared, ...checkCounted(rank, at, schema), ...empty]
}

function checkRankable(type: TraitType, path: RulePath): RuleFault[] {
  if (type === 'number' || type === 'datetime' || type === 'date') return []
  return [wrongType(path, { operator: 'rank', expected: 'number, date, datetime', found: type })]
}

/** Faults of what says which events count, beside the event's name. */
function checkCounted(measured: EventMeasure, path: RulePath, schema: ProfileSchema): RuleFault[] {
  const { window, followed_by: chain, not_followed_by: absent } = measured
  return [
    ...checkEventName(measured, path, schema),
    ...checkWindow(window, path, schema),
    ...(chain ?? []).flatMap((step, index) => checkStep(step, [...path, 'followed_by', index], schema)),
    ...(absent ? checkStep(absent, [...path, 'not_followed_by'], schema) : []),
  ]
}

type Properties = Readonly<Record<string, TraitType>>

/** The type of a measure's value, where its property is in the schema. */
function valueType({ measure, property }: EventMeasure, properties: Properties): TraitType {
  if (isNumeric(measure)) return 'number'
  return (property === undefined ? undefined : ownValue(properties, property)) ?? 'datetime'
}

function checkAsked(condition: EventCondition, path: RulePath, properties: Properties): RuleFault[] {
  const { measure, op } = condition
  if (isTotal(measure) && (op === 'exists' || op === 'missing')) return [neverMissing(op, measure, path)]
  return checkComparison({ op, value: eventOperand(condition), type: valueType(condition, properties) }, path)
}

function neverMissing(operator: string, found: string, path: RulePath): RuleFault {
  return wrongType([...path, 'op'], { operator, expected: 'a measure that can be missing', found })
}

/** Each measure takes the property it needs, of a type that it can be taken of. */
function checkProperty(
  { measure, property }: Pick<EventMeasure, 'measure' | 'property'>,
  path: RulePath,
  properties: Properties,
): RuleFault[] {
  const found = property === undefined ? undefined : ownValue(properties, property)
  if (property !== undefined && !found)
    return checkName('property', property, Object.keys(properties), [...path, 'property'])
  const fitting: readonly TraitType[] = measurableTypes[measure]
  if (found && !fitting.includes(found)) {
    const expected = fitting.length === 0 ? 'no property' : fitting.join(', ')
    return [wrongType([...path, 'property'], { operator: measure, expected, found })]
  }
  const isOptional = fitting.length === 0 || measure === 'first' || measure === 'last'
  if (found || isOptional) return []
  return [wrongType(path, { operator: measure, expected: 'a property', found: 'nothing' })]
}

function wrongType(
  path: RulePath,
  params: { readonly operator: string; readonly expected: string; readonly found: string },
): RuleFault {
  return { path, code: 'segment.wrong_type', params }
}

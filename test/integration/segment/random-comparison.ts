import * as fc from 'fast-check'
import { traitTypes, type TraitType } from '../../../core/profile/profile-schema.ts'
import { instantToText } from '../../../core/segment/calendar.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import type { OperatorName } from '../../../core/segment/operator-names.ts'
import type { Operator } from '../../../core/segment/operator.ts'
import { resolveOperator } from '../../../core/segment/operators/registry.ts'
import type { Operand } from '../../../core/segment/rule.ts'
import { monthNames, weekdayNames } from '../../../core/segment/time/calendar-names.ts'
import { days, instants, numbers, tags, texts } from './random-world.ts'

export const pick = <T>(of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of)

export const zones = ['Europe/Paris', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'UTC']

export const durations = [
  '7 days',
  '24 hours',
  '1 month',
  '6 months',
  '30 days',
  '90 days',
  '1 year',
  '2 weeks',
  '1 minute',
]
const dayDurations = ['7 days', '1 month', '6 months', '1 year', '2 weeks']

export const scalars: Readonly<Record<TraitType, fc.Arbitrary<string | number | boolean>>> = {
  text: pick([...texts, 'nothing']),
  number: pick([...numbers, 3, -7.25]),
  boolean: fc.boolean(),
  date: fc.oneof(pick(days), pick(dayDurations.map((text) => `${text} ago`))),
  datetime: fc.oneof(
    pick(instants).map(instantToText),
    pick(days),
    pick(durations.map((text) => `${text} ago`)),
  ),
  list: pick(tags),
}

function listItems(type: TraitType): readonly (string | number)[] {
  if (type === 'number') return numbers
  return type === 'list' ? tags : texts
}

const patterns = ['^[A-Z]{2}$', 'R|e', '^.$', "o'?N", '%', '\\bf', '^[^a-f]*$', '(?:J|F)o*', '^$']
export const periods = [
  'today',
  'yesterday',
  'tomorrow',
  'this week',
  'previous month',
  'this quarter',
  'previous 3 months',
  'next year',
  'previous 2 weeks',
]
const anniversaries = ['today', 'in 1 day', 'next 7 days', 'next 2 weeks', '02-29', '01-01', 'in 335 days']
const someOf = (names: readonly string[]): fc.Arbitrary<Operand> =>
  fc.oneof(pick(names), fc.array(pick(names), { minLength: 1, maxLength: 3 }))

/** Operands that have a language of their own. */
const spoken: Partial<Record<Operator['shape'], fc.Arbitrary<Operand>>> = {
  pattern: pick(patterns),
  period: pick(periods),
  anniversary: pick(anniversaries),
  weekdays: someOf(weekdayNames),
  months: someOf(monthNames),
  age: pick([0, 1, 24, 124]),
}

const listOf = (type: TraitType): fc.Arbitrary<Operand> =>
  fc.array<string | number>(pick<string | number>(listItems(type)), { maxLength: 4 })

function operandFor(op: OperatorName, type: TraitType): fc.Arbitrary<Operand | undefined> {
  const { shape, name } = resolveOperator(op).operator
  const own = spoken[shape]
  if (own) return own
  if (shape === 'none') return fc.constant(undefined)
  if (shape === 'duration') return pick(type === 'date' ? dayDurations : durations)
  if (shape === 'pair') return fc.tuple(scalars[type], scalars[type])
  if (shape === 'list' && name.startsWith('contains_'))
    return listOf(type).map((list) => (Array.isArray(list) ? list.filter((item) => item !== '') : list))
  if (shape === 'list') return listOf(type)
  if (name === 'equals') return scalars[type]
  return type === 'text' || type === 'list' ? scalars[type].filter((value) => value !== '') : scalars[type]
}

const operatorsFor = Object.fromEntries(
  traitTypes.map((type) => [
    type,
    operatorNames.filter((op) => resolveOperator(op).operator.types.includes(type)),
  ]),
) as Record<TraitType, OperatorName[]>

export const comparison = (
  type: TraitType,
): fc.Arbitrary<{ op: OperatorName; value?: Operand; ignore_case?: boolean }> =>
  pick(operatorsFor[type]).chain((op) =>
    fc.tuple(operandFor(op, type), fc.boolean()).map(([value, ignoreCase]) => ({
      op,
      ...(value !== undefined && { value }),
      ...(ignoreCase && type === 'text' && resolveOperator(op).operator.foldsCase && { ignore_case: true }),
    })),
  )

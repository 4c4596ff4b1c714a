import type { TraitType } from '../../profile/profile-schema.ts'
import { OperandFault, type OperandExpectation, type OperandKind } from '../operand.ts'
import type { TimeZone } from './time-zone.ts'

/** Days of the week in the order of ISO 8601, which counts them from 1. */
export const weekdayNames = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const

export const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const

/** Days of the week or months by their numbers from 1, and how the day of a value is told. */
export interface NamedDays {
  readonly numbers: ReadonlySet<number>
  readonly zone: TimeZone
  readonly type: TraitType
}

/** Reads one name or a list of names, at least one. */
export function namesOf(
  names: readonly string[],
  shape: Extract<OperandExpectation, 'weekdays' | 'months'>,
): OperandKind<NamedDays> {
  return {
    shape,
    read(raw, { type, zone }) {
      const given = Array.isArray(raw) ? raw : [raw]
      const numbers = given.map((name) => names.indexOf(String(name)) + 1)
      const isRead = numbers.length > 0 && numbers.every((number) => number > 0)
      return isRead ? { numbers: new Set(numbers), zone, type } : new OperandFault(shape)
    },
  }
}

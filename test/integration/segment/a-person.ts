import { parseInstant } from '../../../core/segment/calendar.ts'
import type { Person, PersonEvent } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'

/** Somebody of whom nothing is known but what is given. */
export function aPerson(overrides: Partial<Person> = {}): Person {
  return { traits: {}, identifiers: {}, consents: {}, events: [], segments: new Set(), ...overrides }
}

/** A purchase exactly a day before the world's moment. */
export function aPurchase(overrides: Partial<PersonEvent> = {}): PersonEvent {
  const time = parseInstant('2024-03-30T12:00:00Z') ?? 0n
  return { messageId: 'm', name: 'purchase', time, properties: {}, ...overrides }
}

export const inCountry = (value: string): Rule => ({ trait: 'country', op: 'equals', value })
export const bought: Rule = { event: 'purchase', measure: 'count', op: 'at_least', value: 1 }

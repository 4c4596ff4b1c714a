import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../../core/segment/calendar.ts'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import type { Person, PersonEvent, Truth } from '../../../core/segment/person.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'
import { allTrue, anyTrue } from '../../../core/segment/truth.ts'
import { aRuleSchema } from './a-rule-schema.ts'

const asOf = Date.parse('2024-06-30T12:00:00Z')

function truth(rule: unknown, overrides: Partial<Person> = {}): Truth {
  const person = {
    traits: {},
    identifiers: {},
    consents: {},
    events: [],
    segments: new Set<string>(),
    ...overrides,
  }
  return evaluateRule(ruleSchema.parse(rule), person, { schema: aRuleSchema, asOf })
}

function purchase(at: string, properties: PersonEvent['properties'] = {}): PersonEvent {
  return { messageId: at, name: 'purchase', time: parseInstant(at) ?? 0n, properties }
}

const german: Rule = { trait: 'country', op: 'equals', value: 'DE' }

const sumOf = (op: string, value: number) => ({
  event: 'purchase',
  measure: 'sum',
  property: 'amount',
  op,
  value,
})

const propertyAt = (measure: string, value: string) => ({
  event: 'purchase',
  measure,
  property: 'shop',
  op: 'equals',
  value,
})

const consentIs = (state: string) => ({ consent: { purpose: 'ads', channel: 'email' }, is: state })

const values = [false, true, null] as const
const tableOf = (combine: (truths: readonly Truth[]) => Truth): Truth[] =>
  values.flatMap((a) => values.map((b) => combine([a, b])))

describe('truth of groups', () => {
  it('is Kleene’s three-valued logic, the same as SQL’s', () => {
    expect(tableOf(allTrue)).toEqual([false, false, false, false, true, null, false, null, null])
    expect(tableOf(anyTrue)).toEqual([false, true, null, true, true, true, null, true, null])
  })

  it('is true for everybody in an empty "all" and for nobody in an empty "any"', () => {
    expect(truth({ all: [] })).toBe(true)
    expect(truth({ any: [] })).toBe(false)
    expect(truth({ not: { any: [] } })).toBe(true)
  })

  it('leaves "not" of unknown unknown', () => {
    expect(truth({ not: german })).toBeNull()
    expect(
      truth(
        { not: { all: [german, { trait: 'score', op: 'equals', value: 1 }] } },
        { traits: { country: 'FR' } },
      ),
    ).toBe(true)
  })
})

describe('a condition on a trait', () => {
  it('is unknown for a missing value, for its opposite too', () => {
    expect(truth(german)).toBeNull()
    expect(truth({ trait: 'country', op: 'not_equals', value: 'DE' })).toBeNull()
    expect(truth({ trait: 'country', op: 'not_in', value: [] })).toBeNull()
  })

  it('is what if_missing says for a missing value, and only for that', () => {
    const rule = { trait: 'country', op: 'not_equals', value: 'DE', if_missing: true }
    expect(truth(rule)).toBe(true)
    expect(truth({ not: rule })).toBe(false)
    expect(truth(rule, { traits: { country: 'DE' } })).toBe(false)
  })

  it('tells the empty text from a missing one', () => {
    expect(truth({ trait: 'country', op: 'missing' })).toBe(true)
    expect(truth({ trait: 'country', op: 'missing' }, { traits: { country: '' } })).toBe(false)
    expect(truth({ trait: 'country', op: 'exists' }, { traits: { country: '' } })).toBe(true)
  })

  it('does not take the parts of JavaScript objects for names', () => {
    for (const name of ['constructor', 'to_string', 'valueof', '__proto__'])
      expect(() =>
        evaluateRule(
          { trait: name, op: 'exists' },
          { traits: {}, identifiers: {}, consents: {}, events: [], segments: new Set() },
          { schema: aRuleSchema, asOf },
        ),
      ).toThrow('segment.unknown_name')
  })
})

describe('a condition on identifiers', () => {
  const person = { identifiers: { email: ['ada@example.com', 'ada@work.example'] } }

  it('is true when one of the person’s values matches', () => {
    expect(truth({ identifier: 'email', op: 'equals', value: 'ada@work.example' }, person)).toBe(true)
    expect(truth({ identifier: 'email', op: 'ends_with', value: '.com' }, person)).toBe(true)
  })

  it('is true for an opposite only when none of them matches', () => {
    expect(truth({ identifier: 'email', op: 'not_equals', value: 'ada@work.example' }, person)).toBe(false)
    expect(truth({ identifier: 'email', op: 'not_in', value: ['bob@example.com'] }, person)).toBe(true)
    expect(truth({ identifier: 'email', op: 'not_in', value: ['bob@example.com'] })).toBeNull()
  })

  it('normalises whole values as sources’ values are', () => {
    expect(truth({ identifier: 'email', op: 'in', value: [' ADA@Example.com'] }, person)).toBe(true)
    expect(truth({ identifier: 'email', op: 'starts_with', value: 'ADA@' }, person)).toBe(true)
    expect(
      truth(
        { identifier: 'phone', op: 'equals', value: '06 12 34 56 78' },
        { identifiers: { phone: ['+33612345678'] } },
      ),
    ).toBe(true)
  })
})

describe('a condition on consent', () => {
  it('knows three states and is never unknown', () => {
    expect([truth(consentIs('granted')), truth(consentIs('denied')), truth(consentIs('unknown'))]).toEqual([
      false,
      false,
      true,
    ])
    const denied = { consents: { 'ads.email': 'denied' } as const }
    expect(truth({ not: consentIs('granted') }, denied)).toBe(true)
    expect(truth({ not: consentIs('granted') })).toBe(true)
  })
})

describe('a condition on events', () => {
  it('counts zero for people without events', () => {
    expect(truth({ event: 'purchase', op: 'at_most', value: 0 })).toBe(true)
    expect(truth({ event: 'purchase' })).toBe(false)
    expect(truth({ event: 'purchase', measure: 'sum', property: 'amount', op: 'less_than', value: 1 })).toBe(
      true,
    )
  })

  it('leaves average, smallest, largest, first and last unknown for people without events', () => {
    for (const measure of ['average', 'min', 'max', 'first', 'last']) {
      const rule = { event: 'purchase', measure, property: 'amount', op: 'at_least', value: 1 }
      expect(truth(rule)).toBeNull()
      expect(truth(rule, { events: [purchase('2024-06-01T00:00:00Z')] })).toBeNull()
      expect(truth({ ...rule, op: 'missing', value: undefined })).toBe(true)
    }
  })

  it('leaves the first instant of "the last" out, has the last one in, and never counts the future', () => {
    const last = { event: 'purchase', window: { last: '7 days' } }
    expect(truth(last, { events: [purchase('2024-06-23T12:00:00Z')] })).toBe(false)
    expect(truth(last, { events: [purchase('2024-06-23T12:00:00.000001Z')] })).toBe(true)
    expect(truth(last, { events: [purchase('2024-06-30T12:00:00Z')] })).toBe(true)
    expect(truth(last, { events: [purchase('2024-06-30T12:00:00.000001Z')] })).toBe(false)
    expect(truth({ event: 'purchase' }, { events: [purchase('2024-07-01T00:00:00Z')] })).toBe(false)
  })

  it('has both ends of a span in, a day until its end, but nothing after the moment', () => {
    const span = { event: 'purchase', window: { from: '2024-06-01', to: '2024-06-02' } }
    expect(truth(span, { events: [purchase('2024-06-01T00:00:00Z')] })).toBe(true)
    expect(truth(span, { events: [purchase('2024-06-02T23:59:59.999999Z')] })).toBe(true)
    expect(truth(span, { events: [purchase('2024-06-03T00:00:00Z')] })).toBe(false)
    expect(
      truth(
        { event: 'purchase', window: { to: '2030-01-01' } },
        { events: [purchase('2024-07-01T00:00:00Z')] },
      ),
    ).toBe(false)
  })

  it('counts only events for which every condition on properties is true', () => {
    const rule = { event: 'purchase', where: [{ property: 'shop', op: 'not_equals', value: 'Lyon' }] }
    expect(truth(rule, { events: [purchase('2024-06-01T00:00:00Z', { shop: 'Paris' })] })).toBe(true)
    expect(truth(rule, { events: [purchase('2024-06-01T00:00:00Z')] })).toBe(false)
  })

  it('adds amounts to the millionth, in whatever order they come', () => {
    const events = Array.from({ length: 10 }, (_, index) =>
      purchase(`2024-06-0${(index % 9) + 1}T00:00:00Z`, { amount: 0.1 }),
    )
    expect(truth(sumOf('equals', 1), { events })).toBe(true)
    expect(truth(sumOf('at_least', 1), { events })).toBe(true)
    expect(truth(sumOf('more_than', 1), { events })).toBe(false)
    const average = { ...sumOf('equals', 0.1), measure: 'average' }
    expect(truth(average, { events })).toBe(true)
  })

  it('reads a property of the first event that has it', () => {
    const events = [
      purchase('2024-06-02T00:00:00Z', { shop: 'Paris' }),
      purchase('2024-06-01T00:00:00Z'),
      purchase('2024-06-03T00:00:00Z', { shop: 'Lyon' }),
    ]
    expect(truth(propertyAt('first', 'Paris'), { events })).toBe(true)
    expect(truth(propertyAt('last', 'Lyon'), { events })).toBe(true)
  })
})

describe('a rule that is too large', () => {
  it('is refused without overflowing the stack', () => {
    let rule: Rule = german
    for (let level = 0; level < 100_000; level += 1) rule = { not: rule }
    const person = { traits: {}, identifiers: {}, consents: {}, events: [], segments: new Set<string>() }
    expect(() => evaluateRule(rule, person, { schema: aRuleSchema, asOf })).toThrow('segment.too_deep')
  })
})

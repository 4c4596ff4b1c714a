import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkComputedTraits } from '../../../core/computed/check-computed-traits.ts'
import { computeTraits } from '../../../core/computed/evaluate-traits.ts'
import { expressionSchema, type Expression } from '../../../core/computed/expression.ts'
import { orderTraits } from '../../../core/computed/order-traits.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import {
  profileSchemaShape,
  type ProfileSchema,
  type TraitType,
} from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'

const base = {
  country: { type: 'text' },
  score: { type: 'number' },
  vip: { type: 'boolean' },
  born: { type: 'date' },
  seen_at: { type: 'datetime' },
}

function schemaWith(traits: Record<string, unknown>): ProfileSchema {
  return z.strictObject(profileSchemaShape).parse({
    traits: { ...base, ...traits },
    identifiers: { email: { form: 'email' } },
    events: { purchase: { properties: { amount: 'number', shop: 'text' } } },
    consents: { marketing: { channels: ['email'] } },
  })
}

function faults(type: TraitType, computed: unknown): string[] {
  return checkComputedTraits(schemaWith({ made: { type, computed } })).map(
    ({ path, code, params }) => `${path.slice(2).join('.')} ${code} ${JSON.stringify(params)}`,
  )
}

describe('the check of computed traits', () => {
  it.each<[string, TraitType, unknown]>([
    ['a measure', 'number', { event: 'purchase', window: { last: '90 days' } }],
    ['a distinct count', 'number', { event: 'purchase', measure: 'distinct', property: 'shop' }],
    ['the time of the last event', 'datetime', { event: 'purchase', measure: 'last' }],
    ['a text of the first event', 'text', { event: 'purchase', measure: 'first', property: 'shop' }],
    ['arithmetic', 'number', { divide: [{ add: [{ trait: 'score' }, 1] }, 2] }],
    ['years', 'number', { years_since: { trait: 'born' } }],
    [
      'a choice',
      'text',
      { if: { trait: 'vip', op: 'equals', value: true }, then: 'yes', else: { trait: 'country' } },
    ],
    ['buckets', 'text', { bucket: { trait: 'score' }, limits: [1, 2], labels: ['a', 'b', 'c'] }],
  ])('accepts %s', (_, type, computed) => {
    expect(faults(type, computed)).toEqual([])
  })

  it.each<[string, TraitType, unknown, string]>([
    ['an unknown trait', 'number', { trait: 'scoer' }, 'computed.trait segment.unknown_name'],
    ['an unknown event', 'number', { event: 'purchas' }, 'computed.event segment.unknown_name'],
    [
      'a property that cannot be summed',
      'number',
      { event: 'purchase', measure: 'sum', property: 'shop' },
      'computed.property segment.wrong_type',
    ],
    [
      'a measure without its property',
      'number',
      { event: 'purchase', measure: 'distinct' },
      'computed segment.wrong_type',
    ],
    [
      'a window that never is',
      'number',
      { event: 'purchase', window: { last: 'ever' } },
      'computed.window segment.impossible_window',
    ],
    ['text in a sum', 'number', { add: [1, { trait: 'country' }] }, 'computed.add.1 trait.wrong_type'],
    ['number in a text', 'text', { concat: ['a', { trait: 'score' }] }, 'computed.concat.1 trait.wrong_type'],
    [
      'age of a text',
      'number',
      { years_since: { trait: 'country' } },
      'computed.years_since trait.wrong_type',
    ],
    [
      'values of two types',
      'number',
      { coalesce: [{ trait: 'score' }, 'none'] },
      'computed.coalesce.1 trait.wrong_type',
    ],
    [
      'branches of two types',
      'number',
      { if: { all: [] }, then: 1, else: 'b' },
      'computed.else trait.wrong_type',
    ],
    ['a type that is not declared', 'text', { trait: 'score' }, 'computed trait.wrong_type'],
    [
      'a fault inside a condition',
      'number',
      { if: { trait: 'vip', op: 'contains', value: 'x' }, then: 1 },
      'computed.if.op segment.wrong_type',
    ],
    [
      'a segment',
      'number',
      { if: { any: [{ segment: 'big' }] }, then: 1 },
      'computed.if.any.0 trait.asks_others',
    ],
    [
      'limits that fall',
      'text',
      { bucket: { trait: 'score' }, limits: [2, 1], labels: ['a', 'b', 'c'] },
      'computed.limits trait.wrong_type',
    ],
    [
      'too few labels',
      'text',
      { bucket: { trait: 'score' }, limits: [1, 2], labels: ['a', 'b'] },
      'computed.labels trait.wrong_type',
    ],
    ['a text that no store can hold', 'text', 'a\0b', 'computed trait.wrong_type'],
  ])('refuses %s', (_, type, computed, expected) => {
    expect(faults(type, computed).join('\n')).toContain(expected)
  })

  it('says which trait was probably meant', () => {
    expect(faults('number', { trait: 'scoer' })[0]).toContain('"suggestion":"score"')
  })

  it('refuses expressions beyond the limits before it looks into them', () => {
    const deep = Array.from({ length: 20 }).reduce<Expression>((of) => ({ round: of, digits: 0 }), 1)
    expect(faults('number', deep)).toEqual([expect.stringContaining('trait.too_large')])
    const twenty = { add: Array.from({ length: 20 }, () => 1) }
    const wide = { add: Array.from({ length: 6 }, () => twenty) }
    expect(faults('number', wide)).toEqual([expect.stringContaining('trait.too_large')])
  })

  it('names the circle of traits that need each other, also by conditions', () => {
    const schema = schemaWith({
      a: { type: 'number', computed: { trait: 'b' } },
      b: { type: 'number', computed: { if: { trait: 'c', op: 'exists' }, then: 1 } },
      c: { type: 'number', computed: { add: [{ trait: 'a' }, 1] } },
      outside: { type: 'number', computed: { trait: 'a' } },
    })
    expect(checkComputedTraits(schema)).toEqual([
      { path: ['traits', 'a', 'computed'], code: 'trait.cycle', params: { cycle: 'a → b → c → a' } },
    ])
    expect(() => orderTraits(schema)).toThrow(AffluentError)
  })

  it('names a trait that needs itself', () => {
    const [fault] = checkComputedTraits(schemaWith({ a: { type: 'number', computed: { trait: 'a' } } }))
    expect(fault?.params).toEqual({ cycle: 'a → a' })
  })

  it('orders traits so that each comes after those it needs', () => {
    const schema = schemaWith({
      last: { type: 'number', computed: { add: [{ trait: 'middle' }, { trait: 'first' }] } },
      middle: { type: 'number', computed: { multiply: [{ trait: 'first' }, 2] } },
      first: { type: 'number', computed: { trait: 'score' } },
    })
    expect(orderTraits(schema)).toEqual([['first'], ['middle'], ['last']])
  })
})

const nobody: Person = { traits: {}, identifiers: {}, consents: {}, events: [], segments: new Set() }

function valueOf(
  type: TraitType,
  computed: unknown,
  traits: Person['traits'] = {},
  asOf = '2024-02-28T12:00:00Z',
) {
  const schema = schemaWith({ made: { type, computed: expressionSchema.parse(computed) } })
  const person = computeTraits({ ...nobody, traits }, { schema, asOf: Date.parse(asOf) })
  return person.traits['made']
}

const day = (text: string): bigint => BigInt(Date.parse(text) / 86_400_000)
const instant = (text: string): bigint => BigInt(Date.parse(text)) * 1000n

describe('the value of an expression', () => {
  it.each<[string, unknown, Person['traits'], unknown]>([
    ['is missing where a part is', { add: [1, { trait: 'score' }] }, {}, undefined],
    ['takes the first that is there', { coalesce: [{ trait: 'score' }, 5] }, {}, 5],
    ['is missing where something is divided by zero', { divide: [1, 0] }, {}, undefined],
    ['falls back where something is divided by zero', { coalesce: [{ divide: [1, 0] }, 7] }, {}, 7],
    ['is missing beyond the numbers there are', { multiply: [1e308, 10] }, {}, undefined],
    ['subtracts and divides from left to right', { subtract: [{ divide: [9, 2] }, 1] }, {}, 3.5],
    ['rounds half up', { round: 2.345, digits: 2 }, {}, 2.35],
    ['rounds half up below zero too', { round: -2.5 }, {}, -2],
    ['counts nobody’s events as zero', { event: 'purchase' }, {}, 0],
    [
      'has whole years on the day before the birthday',
      { years_since: { trait: 'born' } },
      { born: day('2000-02-29') },
      23,
    ],
    ['has whole years on the birthday', { years_since: { trait: 'born' } }, { born: day('2000-02-28') }, 24],
    [
      'counts 24 hours as a day',
      { days_since: { trait: 'seen_at' } },
      { seen_at: instant('2024-02-27T12:00:01Z') },
      0,
    ],
    ['counts calendar days between days', { days_since: { trait: 'born' } }, { born: day('2024-02-27') }, 1],
    ['is negative for what lies ahead', { days_since: { trait: 'born' } }, { born: day('2024-03-01') }, -2],
    [
      'takes the other branch where a condition is unknown',
      { if: { trait: 'vip', op: 'equals', value: true }, then: 1, else: 2 },
      {},
      2,
    ],
    ['is missing without another branch', { if: { trait: 'vip', op: 'exists' }, then: 1 }, {}, undefined],
  ])('%s', (_, computed, traits, expected) => {
    expect(valueOf('number', computed, traits)).toBe(expected)
  })

  it.each([
    [0.99, 'low'],
    [1, 'middle'],
    [2, 'high'],
    [1e9, 'high'],
  ])('puts %d into the bucket %s', (score, label) => {
    const computed = { bucket: { trait: 'score' }, limits: [1, 2], labels: ['low', 'middle', 'high'] }
    expect(valueOf('text', computed, { score })).toBe(label)
  })

  it('joins texts, and is missing when one of them is', () => {
    const computed = { concat: [{ trait: 'country' }, '-', 'x'] }
    expect(valueOf('text', computed, { country: 'FR' })).toBe('FR-x')
    expect(valueOf('text', computed)).toBeUndefined()
  })
})

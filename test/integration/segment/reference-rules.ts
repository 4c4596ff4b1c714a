import { z } from 'zod'
import { profileSchemaShape, type ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'

/** The reference's contacts and events as a profile schema. */
export const referenceSchema: ProfileSchema = z.strictObject(profileSchemaShape).parse({
  traits: {
    first_name: { type: 'text' },
    email: { type: 'text' },
    country: { type: 'text' },
    plan: { type: 'text' },
    age: { type: 'number' },
    score: { type: 'number' },
    signup: { type: 'datetime' },
    birthday: { type: 'date' },
    tags: { type: 'list' },
  },
  identifiers: { crm: { form: 'exact' } },
  events: Object.fromEntries(
    ['open', 'click', 'visit', 'purchase', 'refund'].map((name) => [
      name,
      { properties: { amount: 'number', campaign: 'text' } },
    ]),
  ),
  consents: { ads: { channels: ['email'] } },
})

const noOpen = { event: 'open', window: { last: '30 days' }, op: 'at_most', value: 0 }
const german = { trait: 'country', op: 'equals', value: 'DE' }
const spring = [{ property: 'campaign', op: 'equals', value: 'spring' }]
const amount = { event: 'purchase', property: 'amount' }

/** The reference's questions that the rule language can ask, by the reference's ids. */
export const referenceRules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    eq: german,
    'neq-null-excluded': { trait: 'country', op: 'not_equals', value: 'DE' },
    'neq-null-included': { trait: 'country', op: 'not_equals', value: 'DE', if_missing: true },
    missing: { trait: 'country', op: 'missing' },
    'not-in-null-excluded': { trait: 'country', op: 'not_in', value: ['DE', 'FR'] },
    'not-and-3vl': { not: { all: [german, { trait: 'plan', op: 'equals', value: 'pro' }] } },
    'not-and-2vl': {
      not: {
        all: [
          { ...german, if_missing: false },
          { trait: 'plan', op: 'equals', value: 'pro', if_missing: false },
        ],
      },
    },
    'or-null': {
      any: [
        { trait: 'age', op: 'at_least', value: 65 },
        { trait: 'plan', op: 'equals', value: 'pro' },
      ],
    },
    'gte-boundary': { trait: 'age', op: 'at_least', value: 18 },
    'between-reversed': { trait: 'age', op: 'between', value: [65, 18] },
    'falsy-consent': { consent: { purpose: 'ads', channel: 'email' }, is: 'denied' },
    'float-eq': { trait: 'score', op: 'equals', value: 0.3 },
    'float-ge': { trait: 'score', op: 'at_least', value: 0.3 },
    negative: { trait: 'score', op: 'less_than', value: 0 },
    'text-case-sensitive': { trait: 'first_name', op: 'equals', value: 'anna' },
    'text-case-folded': { trait: 'first_name', op: 'equals', value: 'anna', ignore_case: true },
    contains: { trait: 'email', op: 'contains', value: 'example', ignore_case: true },
    accent: { trait: 'first_name', op: 'equals', value: 'José' },
    'starts-percent': { trait: 'first_name', op: 'starts_with', value: '%' },
    quote: { trait: 'first_name', op: 'equals', value: "O'Neil" },
    'tag-any': { trait: 'tags', op: 'in', value: ['vip', 'b2b'] },
    'tag-all': { trait: 'tags', op: 'contains_all', value: ['vip', 'b2b'] },
    'tag-none': { trait: 'tags', op: 'not_in', value: ['vip', 'b2b'] },
    'tag-empty': { trait: 'tags', op: 'is_empty' },
    'signup-last-7d': { trait: 'signup', op: 'within_last', value: '7 days' },
    'signup-on-day': { trait: 'signup', op: 'equals', value: '2024-06-23' },
    'birthday-today': { trait: 'birthday', op: 'anniversary', value: 'today' },
    'birthday-feb29': { trait: 'birthday', op: 'anniversary', value: '02-29' },
    'age-at-least-21': { trait: 'birthday', op: 'at_least_age', value: 21 },
    'purchases>=3': { event: 'purchase', op: 'at_least', value: 3 },
    'exactly-1': { event: 'purchase', op: 'equals', value: 1 },
    'no-open-30d': noOpen,
    lapsed: { all: [{ event: 'open' }, noOpen] },
    'spend>200': { ...amount, measure: 'sum', op: 'more_than', value: 200 },
    'net-spend': {
      net: [
        { event: 'purchase', property: 'amount' },
        { event: 'refund', property: 'amount', weight: -1 },
      ],
      op: 'more_than',
      value: 100,
    },
    sequence: { event: 'click', followed_by: [{ event: 'purchase', within: '24 hours' }] },
    'top-10pct-spend': { rank: { ...amount, measure: 'sum' }, top: '10 %' },
    'avg-order': { ...amount, measure: 'average', op: 'more_than', value: 100 },
    'max-order': { ...amount, measure: 'max', op: 'at_least', value: 250 },
    'first-purchase': { event: 'purchase', measure: 'first', op: 'within_last', value: '90 days' },
    'opened-not-clicked': {
      all: [{ event: 'open', where: spring }, { not: { event: 'click', where: spring } }],
    },
    all: { all: [] },
    none: { any: [] },
    'segment-minus': {
      all: [{ event: 'purchase', op: 'at_least', value: 3 }, { not: { segment: 'no-open-30d' } }],
    },
  }).map(([id, rule]) => [id, ruleSchema.parse(rule)]),
)

/**
 * A question about what lies beyond its own moment. Rules never count such events, so the rule has no members then; it has the
 * reference's as soon as the events have happened.
 */
export const laterRule: { readonly id: string; readonly asOf: number; readonly rule: Rule } = {
  id: 'future-ignored',
  asOf: Date.parse('2034-06-30T12:00:00Z'),
  rule: ruleSchema.parse({ event: 'visit', window: { from: '2024-06-30T12:00:00.000001Z' } }),
}

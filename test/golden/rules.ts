import type { Rule } from '../../core/segment/rule.ts'

/** Rules whose SQL is kept on file and reviewed like code. The name is the folder of the snapshot. */
export const goldenRules: Readonly<Record<string, Rule>> = {
  everybody: { all: [] },
  nobody: { any: [] },
  'trait-equals': { trait: 'country', op: 'equals', value: 'FR' },
  'trait-not-equals-if-missing': { trait: 'country', op: 'not_equals', value: 'DE', if_missing: true },
  'trait-long-list': {
    trait: 'country',
    op: 'in',
    value: Array.from({ length: 21 }, (_, index) => `C${index}`),
  },
  'trait-empty-list': { not: { trait: 'score', op: 'in', value: [] } },
  'trait-day-of-datetime': { trait: 'signup', op: 'equals', value: '2024-02-29' },
  'trait-within-last': { trait: 'birthday', op: 'within_last', value: '6 months' },
  'list-contains': { trait: 'tags', op: 'contains', value: 'vip' },
  'identifier-none-of': { identifier: 'email', op: 'not_in', value: ['Ada@example.com'] },
  consent: { not: { consent: { purpose: 'ads', channel: 'email' }, is: 'granted' } },
  'segment-exclusion': { not: { segment: 'buyers' } },
  'event-performed': {
    event: 'purchase',
    measure: 'count',
    op: 'at_least',
    value: 1,
    window: { last: '30 days' },
  },
  'event-not-performed': { not: { event: 'open', measure: 'count', op: 'at_least', value: 1 } },
  'event-at-most': { event: 'purchase', measure: 'count', op: 'at_most', value: 2 },
  'event-sum-zero-matches': {
    event: 'purchase',
    measure: 'sum',
    property: 'amount',
    op: 'less_than',
    value: 50,
  },
  'event-average-negated': {
    not: { event: 'purchase', measure: 'average', property: 'amount', op: 'more_than', value: 100 },
  },
  'event-first-property': {
    event: 'purchase',
    measure: 'first',
    property: 'shop',
    where: [
      { property: 'gift', op: 'missing' },
      { property: 'amount', op: 'not_equals', value: 0 },
    ],
    window: { from: '2024-01-01', to: '7 days ago' },
    op: 'starts_with',
    value: '100 %',
  },
  nested: {
    all: [
      { trait: 'vip', op: 'equals', value: true },
      {
        any: [
          { event: 'open', measure: 'last', op: 'within_last', value: '90 days' },
          { trait: 'score', op: 'between', value: [1, 2.5] },
        ],
      },
      { not: { all: [{ segment: 'buyers' }, { trait: 'country', op: 'in', value: ['FR', 'DE'] }] } },
    ],
  },
}

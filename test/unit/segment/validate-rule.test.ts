import { describe, expect, it } from 'vitest'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { aRuleSchema } from './a-rule-schema.ts'

function faults(rule: unknown, segments: Record<string, Rule> = {}, name = 'mine') {
  return validateRule(ruleSchema.parse(rule), {
    name,
    profileSchema: aRuleSchema,
    segments: new Map(Object.entries(segments)),
  })
}

const short = (rule: unknown) => faults(rule).map(({ path, code }) => `${path.join('.')} ${code}`)

describe('validateRule', () => {
  it('accepts a rule that uses everything', () => {
    expect(
      faults(
        {
          all: [
            { trait: 'country', op: 'in', value: ['FR', 'DE'] },
            {
              not: {
                any: [
                  { trait: 'tags', op: 'contains', value: 'vip' },
                  { trait: 'vip', op: 'equals', value: true, if_missing: false },
                ],
              },
            },
            { trait: 'birthday', op: 'more_than_ago', value: '21 years' },
            { trait: 'signup', op: 'between', value: ['2024-01-01', '30 days ago'] },
            { identifier: 'email', op: 'exists' },
            { consent: { purpose: 'ads', channel: 'sms' }, is: 'granted' },
            { segment: 'other' },
            { event: 'open' },
            {
              event: 'purchase',
              measure: 'sum',
              property: 'amount',
              where: [{ property: 'gift', op: 'missing' }],
              window: { from: '90 days ago', to: '30 days ago' },
              op: 'more_than',
              value: 100,
            },
            { event: 'purchase', measure: 'last', property: 'due', op: 'within_last', value: '24 hours' },
          ],
        },
        { other: { all: [] } },
      ),
    ).toEqual([])
  })

  it.each([
    ['\ud800', 'a text with half of a character (a lone surrogate)'],
    ['a\0b', 'a text with a NUL character'],
    ['', 'an empty text'],
  ])('says what is wrong with a text that looks like any other: %j', (value, found) => {
    const rule = { trait: 'country', op: 'contains', value }
    expect(faults(rule)).toMatchObject([{ path: ['value'], params: { found } }])
  })

  it.each([
    ['1 month', { window: '1 month', unit: '30 days' }],
    ['soon', { window: 'soon' }],
  ])('tells months between two events from lengths that cannot be read: %s', (within, params) => {
    const rule = { event: 'open', followed_by: [{ event: 'purchase', within }] }
    expect(faults(rule)[0]?.params).toEqual(params)
  })

  it('lists all faults at once, each at its place, in the order of the rule', () => {
    expect(
      short({
        all: [
          { trait: 'contry', op: 'equals', value: 'FR' },
          { not: { trait: 'score', op: 'contains', value: 'x' } },
          { trait: 'vip', op: 'equals', value: 'yes' },
          { identifier: 'e_mail', op: 'exists' },
          { consent: { purpose: 'adds', channel: 'email' }, is: 'granted' },
          { consent: { purpose: 'ads', channel: 'fax' }, is: 'granted' },
          { segment: 'gone' },
          { event: 'purchased' },
          {
            event: 'purchase',
            measure: 'sum',
            property: 'amuont',
            where: [
              { property: 'shp', op: 'exists' },
              { property: 'shop', op: 'at_least', value: 1 },
            ],
            window: { last: 'a while' },
            value: 1,
          },
        ],
      }),
    ).toEqual([
      'all.0.trait segment.unknown_name',
      'all.1.not.op segment.wrong_type',
      'all.2.value segment.wrong_type',
      'all.3.identifier segment.unknown_name',
      'all.4.consent.purpose segment.unknown_name',
      'all.5.consent.channel segment.unknown_name',
      'all.6.segment segment.unknown_name',
      'all.7.event segment.unknown_name',
      'all.8.property segment.unknown_name',
      'all.8.where.0.property segment.unknown_name',
      'all.8.where.1.op segment.wrong_type',
      'all.8.window segment.impossible_window',
    ])
  })

  it('tells which name was probably meant, and which there are', () => {
    expect(faults({ trait: 'contry', op: 'exists' })[0]?.params).toEqual({
      kind: 'trait',
      name: 'contry',
      suggestion: 'country',
      known: 'country, score, vip, birthday, signup, tags',
    })
    expect(faults({ trait: 'constructor', op: 'exists' })[0]?.params['suggestion']).toBe('')
  })

  it.each([
    [{ trait: 'country', op: 'equals' }, ''],
    [{ trait: 'country', op: 'exists', value: 1 }, 'value'],
    [{ trait: 'country', op: 'contains', value: '' }, 'value'],
    [{ trait: 'country', op: 'equals', value: 'a\u0000' }, 'value'],
    [{ trait: 'country', op: 'equals', value: '\ud800' }, 'value'],
    [{ trait: 'country', op: 'in', value: 'FR' }, 'value'],
    [{ trait: 'country', op: 'in', value: ['FR', 1] }, 'value'],
    [{ trait: 'score', op: 'in', value: [1, true] }, 'value'],
    [{ trait: 'score', op: 'between', value: [65, 18] }, 'value'],
    [{ trait: 'score', op: 'between', value: [1, 2, 3] }, 'value'],
    [{ trait: 'score', op: 'at_least', value: '5' }, 'value'],
    [{ trait: 'birthday', op: 'equals', value: '2026-02-30' }, 'value'],
    [{ trait: 'birthday', op: 'equals', value: '2026-02-03T10:00:00Z' }, 'value'],
    [{ trait: 'birthday', op: 'within_last', value: '24 hours' }, 'value'],
    [{ trait: 'birthday', op: 'before', value: '5 minutes ago' }, 'value'],
    [{ trait: 'signup', op: 'between', value: ['2024-02-01', '2024-01-01'] }, 'value'],
    [{ trait: 'signup', op: 'between', value: ['1 day ago', '2 days ago'] }, 'value'],
    [{ trait: 'signup', op: 'within_last', value: '0 days' }, 'value'],
    [{ trait: 'tags', op: 'equals', value: 'vip' }, 'op'],
    [{ trait: 'country', op: 'missing', if_missing: true }, 'if_missing'],
    [{ event: 'purchase', measure: 'sum', value: 1 }, ''],
    [{ event: 'purchase', measure: 'average', property: 'shop', value: 1 }, 'property'],
    [{ event: 'purchase', property: 'amount', value: 1 }, 'property'],
    [{ event: 'purchase', op: 'missing' }, 'op'],
    [{ event: 'purchase', measure: 'sum', property: 'amount' }, ''],
    [{ event: 'purchase', measure: 'last', op: 'at_least', value: 3 }, 'value'],
  ])('finds what cannot be compared: %j', (rule, path) => {
    expect(short(rule)).toEqual([`${path} segment.wrong_type`])
  })

  it.each([
    { last: '0 days' },
    { last: '-3 days' },
    { last: '90' },
    { from: '2026-02-30' },
    { from: '2024-02-01', to: '2024-01-01' },
    { from: '30 days ago', to: '90 days ago' },
    { to: 'tomorrow' },
  ])('finds a window that cannot be: %j', (window) => {
    expect(short({ event: 'open', window })).toEqual(['window segment.impossible_window'])
  })

  it.each([
    { from: '60 days ago', to: '2 months ago' },
    { from: '2024-01-01', to: '30 days ago' },
    { from: '2024-01-01', to: '2024-01-01' },
    {},
  ])('raises no false alarm over a window that can be: %j', (window) => {
    expect(short({ event: 'open', window })).toEqual([])
  })

  it('names the circle that a reference closes', () => {
    const segments: Record<string, Rule> = {
      mine: { segment: 'a' },
      a: { not: { segment: 'b' } },
      b: { any: [{ segment: 'mine' }] },
    }
    expect(faults(segments['mine'], segments)).toEqual([
      { path: ['segment'], code: 'segment.cycle', params: { cycle: 'mine → a → b → mine' } },
    ])
    expect(faults({ segment: 'mine' })[0]?.params).toEqual({ cycle: 'mine → mine' })
    expect(faults({ segment: 'a' }, { a: { segment: 'b' }, b: { segment: 'a' } }, 'outside')).toEqual([])
  })

  it('refuses a rule beyond the limits with that fault alone, however deep or wide, without overflowing the stack', () => {
    const context = { name: 'mine', profileSchema: aRuleSchema, segments: new Map<string, Rule>() }
    for (const levels of [17, 300, 100_000]) {
      let rule: Rule = { trait: 'gone', op: 'exists' }
      for (let level = 1; level < levels; level += 1) rule = level % 2 === 0 ? { all: [rule] } : { not: rule }
      const found = validateRule(rule, context)
      expect(found.map(({ code, params }) => [code, params])).toEqual([
        ['segment.too_deep', { limit: 16, found: 17 }],
      ])
    }
    const wide: Rule = { any: Array.from({ length: 100_000 }, (): Rule => ({ trait: 'gone', op: 'exists' })) }
    expect(validateRule(wide, context).map(({ code }) => code)).toEqual(['segment.too_many_nodes'])
    const long: Rule = { trait: 'country', op: 'in', value: Array.from({ length: 10_001 }, () => 'FR') }
    expect(validateRule(long, context)[0]?.params).toMatchObject({ expected: 'at most 10000 values' })
  })

  it('accepts a rule exactly at the limits', () => {
    const context = { name: 'mine', profileSchema: aRuleSchema, segments: new Map<string, Rule>() }
    let deep: Rule = { trait: 'country', op: 'exists' }
    for (let level = 1; level < 16; level += 1) deep = { not: deep }
    expect(validateRule(deep, context)).toEqual([])
    const wide: Rule = { any: Array.from({ length: 499 }, (): Rule => ({ trait: 'country', op: 'exists' })) }
    expect(validateRule(wide, context)).toEqual([])
  })
})

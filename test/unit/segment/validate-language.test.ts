import { describe, expect, it } from 'vitest'
import { ruleSchema } from '../../../core/segment/rule.ts'
import { faultsOf } from './faults-of.ts'

const point = { latitude: 'score', longitude: 'score' }
const short = (rule: unknown) => faultsOf(rule).map(({ path, code }) => `${path.join('.')} ${code}`)

describe('validateRule points at', () => {
  it.each([
    [
      'a time zone that is none',
      { time_zone: 'Europe/Pari', rule: { all: [] } },
      'time_zone segment.unknown_name',
    ],
    [
      'an offset for a time zone',
      { time_zone: '+01:00', rule: { all: [] } },
      'time_zone segment.unknown_name',
    ],
    [
      'case ignored in numbers',
      { trait: 'score', op: 'equals', value: 1, ignore_case: true },
      'ignore_case segment.wrong_type',
    ],
    [
      'case ignored where none is compared',
      { trait: 'country', op: 'exists', ignore_case: true },
      'ignore_case segment.wrong_type',
    ],
    [
      'a stretch that is none',
      { trait: 'signup', op: 'during', value: 'this fortnight' },
      'value segment.wrong_type',
    ],
    [
      '29 February of no year',
      { trait: 'birthday', op: 'anniversary', value: '02-30' },
      'value segment.wrong_type',
    ],
    [
      'a day that is none',
      { trait: 'signup', op: 'day_of_week', value: ['monday', 'mondey'] },
      'value segment.wrong_type',
    ],
    ['no month at all', { trait: 'signup', op: 'month', value: [] }, 'value segment.wrong_type'],
    [
      'an age that is no whole number',
      { trait: 'birthday', op: 'at_least_age', value: 20.5 },
      'value segment.wrong_type',
    ],
    ['an empty part', { trait: 'country', op: 'contains_any', value: ['a', ''] }, 'value segment.wrong_type'],
    [
      'more parts than a text is searched for',
      { trait: 'country', op: 'contains_all', value: Array.from({ length: 101 }, String) },
      'value segment.wrong_type',
    ],
    [
      'an amount that is a text',
      { money: { amount: 'country', currency: 'country' }, in: 'EUR', op: 'at_least', value: 1 },
      'money.amount segment.wrong_type',
    ],
    [
      'a place that nobody knows',
      { place: { latitude: 'lat', longitude: 'score' }, within: { latitude: 0, longitude: 0, radius_km: 1 } },
      'place.latitude segment.unknown_name',
    ],
    [
      'a box upside down',
      { place: point, in_region: { south: 2, north: 1, west: 0, east: 1 } },
      'in_region segment.wrong_type',
    ],
    [
      'postcodes without a trait',
      { place: { country: 'country' }, in_region: [{ country: 'FR', postcodes: ['75'] }] },
      'in_region segment.wrong_type',
    ],
    [
      'a calendar window that is none',
      { event: 'open', window: { during: 'soon' } },
      'window segment.impossible_window',
    ],
    [
      'an anchor that is no event',
      { event: 'open', window: { after_event: { event: 'opne' } } },
      'window.after_event.event segment.unknown_name',
    ],
    [
      'a step of months',
      { event: 'open', followed_by: [{ event: 'purchase', within: '1 month' }] },
      'followed_by.0.within segment.impossible_window',
    ],
    [
      'a step that is no event',
      { event: 'open', not_followed_by: { event: 'by', within: '1 day' } },
      'not_followed_by.event segment.unknown_name',
    ],
    [
      'a filter of a step',
      {
        event: 'open',
        followed_by: [{ event: 'purchase', within: '1 day', where: [{ property: 'amont', op: 'exists' }] }],
      },
      'followed_by.0.where.0.property segment.unknown_name',
    ],
    [
      'a net of texts',
      { net: [{ event: 'purchase', property: 'shop' }], op: 'at_least', value: 1 },
      'net.0.property segment.wrong_type',
    ],
    [
      'a net that is missing',
      { net: [{ event: 'purchase', property: 'amount' }], op: 'missing' },
      'op segment.wrong_type',
    ],
    ['a rank by texts', { rank: { trait: 'country' }, top: 1 }, 'rank.trait segment.wrong_type'],
    ['a rank of nobody', { rank: { trait: 'score' }, top: '0 %' }, 'top segment.wrong_type'],
    [
      'a rank by an unknown measure',
      { rank: { event: 'open', measure: 'sum' }, top: 1 },
      'rank segment.wrong_type',
    ],
    [
      'a rank by a sum of texts',
      { rank: { net: [{ event: 'purchase', property: 'shop' }] }, top: 1 },
      'rank.net.0.property segment.wrong_type',
    ],
    [
      'a property of days',
      { event: 'purchase', measure: 'frequency', property: 'amount' },
      'property segment.wrong_type',
    ],
    ['a sync that is none', { audience: 'to-mail' }, 'audience segment.unknown_name'],
    [
      'a share beyond everybody',
      { sample: { salt: 'a', from: 60, percent: 50 } },
      'sample.percent segment.wrong_type',
    ],
  ])('%s', (_, rule, expected) => {
    expect(short(rule)).toEqual([expected])
  })

  it('nothing where all is well', () => {
    expect(
      faultsOf({
        time_zone: 'Europe/Paris',
        rule: {
          all: [
            { audience: 'to-ads' },
            { sample: { salt: 'a', from: 50, percent: 50 } },
            { rank: { event: 'purchase', measure: 'last' }, top: '5 %' },
            { place: point, in_region: { south: 1, north: 2, west: 170, east: -170 } },
            { event: 'open', measure: 'frequency', op: 'at_least', value: 2 },
          ],
        },
      }),
    ).toEqual([])
  })

  it('the limit for a rule whose size lies in its steps', () => {
    const step = {
      event: 'open',
      within: '1 day',
      where: Array.from({ length: 250 }, () => ({ property: 'shop', op: 'exists' })),
    }
    expect(short({ event: 'open', followed_by: [step, step] })).toEqual([' segment.too_many_nodes'])
  })
})

describe('the shape of a rule refuses', () => {
  it.each([
    [
      'a currency that is no code',
      { money: { amount: 'score', currency: 'country' }, in: 'eur', op: 'at_least', value: 1 },
    ],
    ['a latitude beyond the pole', { place: point, within: { latitude: 91, longitude: 0, radius_km: 1 } }],
    ['a radius of nothing', { place: point, within: { latitude: 1, longitude: 0, radius_km: 0 } }],
    ['a rank of half a person', { rank: { trait: 'score' }, top: 0.5 }],
    ['a rank of more than everybody', { rank: { trait: 'score' }, top: '101 %' }],
    ['a salt with a colon', { sample: { salt: 'a:b', percent: 1 } }],
    ['a chain of nothing', { event: 'open', followed_by: [] }],
  ])('%s', (_, rule) => {
    expect(ruleSchema.safeParse(rule).success).toBe(false)
  })
})

import * as fc from 'fast-check'
import type { TraitType } from '../../../core/profile/profile-schema.ts'
import { isTotal, measurableTypes, measureType } from '../../../core/segment/measure.ts'
import {
  measures,
  type EventCondition,
  type EventStep,
  type EventWindow,
  type NetMeasure,
  type Rule,
} from '../../../core/segment/rule.ts'
import { comparison, durations, periods, pick, scalars, zones } from './random-comparison.ts'
import { emails, latitudes, longitudes, worldSchema } from './random-world.ts'

const trait = pick(Object.entries(worldSchema.traits)).chain(([name, { type }]) =>
  fc
    .tuple(comparison(type), fc.option(fc.boolean(), { nil: undefined, freq: 2 }))
    .map(([asked, ifMissing]): Rule => ({
      trait: name,
      ...asked,
      ...(ifMissing !== undefined && { if_missing: ifMissing }),
    })),
)

const identifier = pick(['email', 'crm'] as const).chain((kind) =>
  comparison('text').chain((asked) =>
    pick([...emails, 'ADA@example.com', 'example', '_', "'", '1']).map((text): Rule => ({
      identifier: kind,
      ...asked,
      ...(typeof asked.value === 'string' && asked.op !== 'matches' && { value: text }),
      ...(Array.isArray(asked.value) && { value: asked.value.length === 0 ? [] : [text, emails[0]] }),
    })),
  ),
)

const ifMissing = fc
  .option(fc.boolean(), { nil: undefined, freq: 2 })
  .map((truth) => (truth === undefined ? {} : { if_missing: truth }))

const money = fc
  .tuple(
    comparison('number').filter(({ op }) => op !== 'exists' && op !== 'missing'),
    pick(['EUR', 'USD']),
    ifMissing,
  )
  .map(([asked, currency, missing]): Rule => ({
    money: { amount: 'score', currency: 'currency' },
    in: currency,
    ...asked,
    ...missing,
  }))

const point = { latitude: 'latitude', longitude: 'longitude' }
const circle = fc.record({
  latitude: pick(latitudes),
  longitude: pick(longitudes),
  radius_km: pick([0.001, 6.05, 25, 2000, 10_007.5, 20_016]),
})
const box = fc.record({
  south: pick([-90, -17.5, 48.85]),
  north: pick([48.8566, 90]),
  west: pick([-180, 2.3522, 179]),
  east: pick([2.4, -179.9, 180]),
})
const area = fc.record(
  {
    country: pick(['FR', 'DE']),
    postcodes: fc.array(pick(['75', '7500', '69']), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['country'] },
)

const place = fc
  .oneof(
    circle.map((within): Rule => ({ place: point, within })),
    box.map((in_region): Rule => ({ place: point, in_region })),
    fc
      .array(area, { minLength: 1, maxLength: 2 })
      .map((in_region): Rule => ({ place: { country: 'country', postcode: 'postcode' }, in_region })),
  )
  .chain((rule) => ifMissing.map((missing): Rule => ({ ...rule, ...missing })))

const consent = fc
  .tuple(
    pick([
      { purpose: 'ads', channel: 'email' },
      { purpose: 'ads', channel: 'sms' },
      { purpose: 'news', channel: 'email' },
    ]),
    pick(['granted', 'denied', 'unknown'] as const),
  )
  .map(([purpose, is]): Rule => ({ consent: purpose, is }))

const anchor = fc.record({
  event: pick(['purchase', 'open', 'group']),
  which: pick(['first', 'last'] as const),
})
const windowOf: fc.Arbitrary<EventWindow | undefined> = fc.oneof(
  fc.constant(undefined),
  pick(durations).map((last) => ({ last })),
  pick(periods).map((during) => ({ during })),
  fc.record({ after_event: anchor, before_event: anchor }, { requiredKeys: [] }),
  fc
    .tuple(fc.option(scalars.datetime, { nil: undefined }), fc.option(scalars.datetime, { nil: undefined }))
    .map(([from, to]) => ({
      ...(from !== undefined && { from: String(from) }),
      ...(to !== undefined && { to: String(to) }),
    })),
)

const propertyEntries = Object.entries(worldSchema.events['purchase']?.properties ?? {})

const where = fc.array(
  pick(propertyEntries).chain(([property, type]) =>
    comparison(type).map((asked) => ({ property, ...asked })),
  ),
  { maxLength: 2 },
)

const step = fc.record(
  {
    event: pick(['purchase', 'open']),
    within: pick(['1 minute', '24 hours', '30 days', '90 days']),
    where: fc.constant<NonNullable<EventStep['where']>>([
      { property: 'shop', op: 'not_equals', value: 'FR' },
    ]),
  },
  { requiredKeys: ['event', 'within'] },
)
const steps: fc.Arbitrary<Pick<EventCondition, 'followed_by' | 'not_followed_by'>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.array(step, { minLength: 1, maxLength: 3 }).map((followed_by) => ({ followed_by })),
  },
  { weight: 1, arbitrary: step.map((not_followed_by) => ({ not_followed_by })) },
)

const sum = fc
  .tuple(
    fc.array(
      fc.record({
        event: pick(['purchase']),
        property: pick(['amount']),
        weight: pick([1, -1, 0.5]),
        where: pick([
          [],
          [{ property: 'gift', op: 'equals' as const, value: true }],
          [{ property: 'shop', op: 'exists' as const }],
        ]),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fc.option(
      fc.oneof(
        pick(durations).map((last): EventWindow => ({ last })),
        anchor.map((after_event): EventWindow => ({ after_event })),
      ),
      { nil: undefined },
    ),
  )
  .map(([terms, window]): NetMeasure => ({ net: terms, ...(window && { window }) }))

const net = fc
  .tuple(
    sum,
    comparison('number').filter(({ op }) => op !== 'exists' && op !== 'missing'),
  )
  .map(([summed, asked]): Rule => ({ ...summed, ...asked }))

const rank = fc
  .record({
    rank: fc.oneof(
      pick([{ trait: 'score' }, { trait: 'signup' }, { trait: 'birthday' }]),
      fc.record({
        event: pick(['purchase']),
        measure: pick(['sum', 'average', 'max'] as const),
        property: pick(['amount']),
        window: fc.constant({ last: '30 days' }),
      }),
      fc.record({
        event: pick(['purchase', 'open']),
        measure: pick(['count', 'last', 'frequency'] as const),
      }),
      sum,
    ),
    top: pick([1, 3, '10 %', '50%', '100 %', '0.5 %']),
    order: pick(['highest', 'lowest'] as const),
  })
  .map((condition): Rule => condition)

const audience = pick(['to-ads', 'to-mail', 'unknown']).map((name): Rule => ({ audience: name }))
const sample = fc
  .record({ salt: pick(['a', 'b']), percent: pick([0.001, 10, 50]), from: pick([0, 10, 50]) })
  .map((share): Rule => ({ sample: share }))

const event = fc
  .record({
    name: pick(['purchase', 'purchase', 'open', 'group']),
    measure: pick(measures),
    window: windowOf,
    filter: where,
    after: steps,
  })
  .chain(({ name, measure, window, filter, after }) => {
    const own = Object.keys(worldSchema.events[name]?.properties ?? {})
    const fitting = propertyEntries.filter(
      ([property, type]) =>
        own.includes(property) && (measurableTypes[measure] as readonly TraitType[]).includes(type),
    )
    const needsProperty = !['count', 'first', 'last', 'frequency', 'recency'].includes(measure)
    const usable = needsProperty && fitting.length === 0 ? 'count' : measure
    const choices: (readonly [string, TraitType] | undefined)[] = fitting
    const property =
      fitting.length === 0 ? fc.constant(undefined) : pick(needsProperty ? choices : [...choices, undefined])
    return property.chain((chosen) => {
      const type =
        measureType({ event: name, measure: usable, property: chosen?.[0] }, worldSchema) ?? 'datetime'
      const total = isTotal(usable)
      return comparison(type)
        .filter(({ op }) => !total || (op !== 'exists' && op !== 'missing'))
        .map((asked): Rule => ({
          event: name,
          measure: usable,
          ...(chosen && { property: chosen[0] }),
          ...(filter.length > 0 && { where: filter.filter(({ property }) => own.includes(property)) }),
          ...(window && { window }),
          ...after,
          ...asked,
        }))
    })
  })

/** A rule over the world's schema; `segments` are those it may refer to. */
function randomRule(segments: readonly string[]): fc.Arbitrary<Rule> {
  const segment = segments.length === 0 ? [] : [pick(segments).map((name): Rule => ({ segment: name }))]
  const leaf = fc.oneof(
    { weight: 3, arbitrary: trait },
    { weight: 1, arbitrary: identifier },
    { weight: 1, arbitrary: consent },
    { weight: 1, arbitrary: money },
    { weight: 1, arbitrary: place },
    { weight: 1, arbitrary: net },
    { weight: 1, arbitrary: rank },
    { weight: 1, arbitrary: fc.oneof(audience, sample) },
    { weight: 5, arbitrary: event },
    ...segment.map((arbitrary) => ({ weight: 2, arbitrary })),
  )
  const { rule } = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      fc.array(tie('rule'), { maxLength: 3 }).map((all): Rule => ({ all })),
      fc.array(tie('rule'), { maxLength: 3 }).map((any): Rule => ({ any })),
      tie('rule').map((not): Rule => ({ not })),
      fc.tuple(pick(zones), tie('rule')).map(([zone, rule]): Rule => ({ time_zone: zone, rule })),
    ),
  }))
  return rule
}

/** Segments s0, s1, …; each may refer to those before it. */
export function randomSegments(count: number): fc.Arbitrary<ReadonlyMap<string, Rule>> {
  const names = Array.from({ length: count }, (_, index) => `s${index}`)
  return fc
    .tuple(...names.map((_, index) => randomRule(names.slice(0, index))))
    .map((rules) => new Map(rules.map((rule, index) => [names[index] ?? '', rule])))
}

import * as fc from 'fast-check'
import { z } from 'zod'
import { profileSchemaShape, type ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { parseDay, parseInstant } from '../../../core/segment/calendar.ts'
import type { Person, Value } from '../../../core/segment/person.ts'

/** A schema with every type of trait, identifier form and property, and some names that are words of SQL. */
export const worldSchema: ProfileSchema = z.strictObject(profileSchemaShape).parse({
  traits: {
    country: { type: 'text' },
    select: { type: 'text' },
    score: { type: 'number' },
    vip: { type: 'boolean' },
    birthday: { type: 'date' },
    signup: { type: 'datetime' },
    tags: { type: 'list' },
    currency: { type: 'text' },
    postcode: { type: 'text' },
    latitude: { type: 'number' },
    longitude: { type: 'number' },
  },
  identifiers: { email: { form: 'email' }, crm: { form: 'exact' } },
  events: {
    purchase: { properties: { amount: 'number', shop: 'text', gift: 'boolean', due: 'datetime' } },
    open: { properties: { shop: 'text' } },
    group: { properties: {} },
  },
  consents: { ads: { channels: ['email', 'sms'] }, news: { channels: ['email'] } },
})

/** The moment of every evaluation: a leap year's noon, so that months and days back meet 29 February. */
export const worldAsOf = Date.parse('2024-03-31T12:00:00.000Z')
const asOfMicros = BigInt(worldAsOf) * 1000n
const day = 86_400_000_000n

export const texts = [
  'FR',
  'DE',
  'fr',
  '',
  '%',
  '_',
  'a%b',
  "O'Neil",
  'José',
  'Jose\u0301',
  '"; DROP TABLE profile; --',
  '𝒳',
  '￿',
  ' FR',
] as const
export const numbers = [0, -0, 1, 2, -1, 0.1, 0.2, 0.3, 0.30000000000000004, 19.99, 100, 1e15, -2.5] as const
export const days = [
  '2024-03-31',
  '2024-03-30',
  '2024-03-24',
  '2024-02-29',
  '2023-09-30',
  '2023-10-29',
  '2024-03-10',
  '2000-02-29',
  '1900-01-01',
  '2025-01-01',
] as const
/** Instants at the edges of windows that the rules use, and a microsecond beside them. */
export const instants: readonly bigint[] = [0n, 7n, 30n, 90n, 31n]
  .flatMap((back) => {
    const at = asOfMicros - back * day
    return [at - 1n, at, at + 1n]
  })
  .concat(
    [
      '2024-03-31T00:00:00Z',
      '2024-03-30T23:59:59.999999Z',
      '2024-02-29T12:00:00Z',
      '2023-03-31T12:00:00Z',
      '1969-12-31T23:59:59Z',
      '2024-04-01T00:00:00Z',
      // Clocks go forward and back: New York on 10 March and 5 November, Paris on 31 March and 29 October.
      '2024-03-10T06:59:59.999999Z',
      '2024-03-10T07:00:00Z',
      '2024-03-10T04:30:00Z',
      '2024-03-31T00:59:59.999999Z',
      '2024-03-31T01:00:00Z',
      '2024-03-30T22:30:00Z',
      '2023-10-29T00:30:00Z',
      '2023-10-29T01:30:00Z',
      '2023-11-05T05:30:00Z',
      '2023-11-05T06:30:00Z',
    ].map((text) => parseInstant(text) ?? 0n),
  )
export const emails = [
  'ada@example.com',
  "o'neil@example.com",
  'a_b@example.com',
  'anna@example.org',
] as const
const currencies = ['EUR', 'USD', 'eur'] as const
const postcodes = ['75001', '69002', '7500', '92100'] as const
/** Poles, the date line, Paris, and its neighbourhood. */
export const latitudes = [48.8566, 48.9, 0, 90, -90, -17.5] as const
export const longitudes = [2.3522, 2.4, 0, 180, -180, 179.9, -179.9] as const
export const tags = ['vip', 'b2b', 'news', '%'] as const

const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(of, { nil: undefined, freq: 3 })
const pick = <T>(of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of)

const traits: fc.Arbitrary<Record<string, Value | undefined>> = fc.record({
  country: maybe(pick(texts)),
  select: maybe(pick(texts)),
  score: maybe(pick(numbers)),
  vip: maybe(fc.boolean()),
  birthday: maybe(pick(days).map((text) => parseDay(text) ?? 0n)),
  signup: maybe(pick(instants)),
  tags: maybe(fc.array(pick(tags), { maxLength: 3 })),
  currency: maybe(pick(currencies)),
  postcode: maybe(pick(postcodes)),
  latitude: maybe(pick(latitudes)),
  longitude: maybe(pick(longitudes)),
})

const event = fc.record({
  name: pick(['purchase', 'purchase', 'open', 'group']),
  // Few ids, so that events share time and differ only by id; each is made unique below.
  messageId: pick(['a', 'b', '𝒳', '￿']),
  time: pick(instants),
  properties: fc.record({
    amount: maybe(pick(numbers.filter((value) => Math.abs(value) < 1e6))),
    shop: maybe(pick(texts)),
    gift: maybe(fc.boolean()),
    due: maybe(pick(instants)),
  }),
})

const person: fc.Arbitrary<Person> = fc.record({
  traits,
  identifiers: fc.record({
    email: fc.uniqueArray(pick(emails), { maxLength: 3 }),
    crm: fc.uniqueArray(pick(['1', '2', "'"]), { maxLength: 2 }),
  }),
  consents: fc.record({
    'ads.email': maybe(pick(['granted', 'denied'] as const)),
    'ads.sms': maybe(pick(['granted', 'denied'] as const)),
    'news.email': maybe(pick(['granted', 'denied'] as const)),
  }),
  events: fc
    .array(event, { maxLength: 6 })
    .map((events) => events.map((event, index) => ({ ...event, messageId: `${event.messageId}${index}` }))),
  segments: fc.constant(new Set<string>()),
  audiences: fc.subarray(['to-ads', 'to-mail']).map((syncs) => new Set(syncs)),
})

/** People with holes, hostile texts, and events at the edges of windows. */
export const population: fc.Arbitrary<readonly Person[]> = fc.array(person, {
  minLength: 1,
  maxLength: 25,
  size: 'max',
})

/** As many people as that. */
export const populationOf = (count: number): fc.Arbitrary<readonly Person[]> =>
  fc.array(person, { minLength: count, maxLength: count })

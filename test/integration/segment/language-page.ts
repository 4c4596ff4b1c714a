import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { profileSchemaShape, type ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { parseDay, parseInstant } from '../../../core/segment/calendar.ts'
import type { Person, Value } from '../../../core/segment/person.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'

/** The profile schema that the examples of docs/rule-language.md are written for. */
export const pageSchema: ProfileSchema = z.strictObject(profileSchemaShape).parse({
  traits: {
    name: { type: 'text' },
    country: { type: 'text' },
    postcode: { type: 'text' },
    currency: { type: 'text' },
    score: { type: 'number' },
    latitude: { type: 'number' },
    longitude: { type: 'number' },
    vip: { type: 'boolean' },
    birthday: { type: 'date' },
    renewal: { type: 'date' },
    signup: { type: 'datetime' },
    tags: { type: 'list' },
  },
  identifiers: { email: { form: 'email' } },
  events: Object.fromEntries(
    ['purchase', 'refund', 'cart', 'open'].map((name) => [
      name,
      { properties: { amount: 'number', shop: 'text' } },
    ]),
  ),
  consents: { ads: { channels: ['email'] } },
})

/** An example of the page: a rule, the sentence that describes it, and the names of its members. */
interface PageExample {
  readonly rule: Rule
  readonly sentence: string
  readonly members: readonly string[]
}

const page = readFileSync(join(import.meta.dirname, '../../../docs/rule-language.md'), 'utf8')

/** Every example of the page, in order. */
export function readExamples(): PageExample[] {
  const shape = /```json\n(\{[^`]*\})\n```\n\n([^\n]*)\. → ([^\n]*)\n/g
  return [...page.matchAll(shape)].map(([, rule = '', sentence = '', members = '']) => ({
    rule: ruleSchema.parse(JSON.parse(rule)),
    sentence,
    members: members === 'nobody' ? [] : members.split(', '),
  }))
}

/** How many JSON blocks the page has beside the people: all of them must be examples. */
export function countBlocks(): number {
  return page.split('```json\n{').length - 1
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])
const peopleShape = z.array(
  z.strictObject({
    name: z.string(),
    traits: z.record(z.string(), scalar),
    email: z.array(z.string()).default([]),
    ads_by_email: z.enum(['granted', 'denied']).optional(),
    audiences: z.array(z.string()).default([]),
    events: z.array(z.tuple([z.string(), z.string(), z.record(z.string(), scalar)])).default([]),
  }),
)

/** The people of the page, in order, with their names. */
export function readPeople(): { readonly names: string[]; readonly people: Person[] } {
  const json = /```json\n(\[[^`]*\])\n```/.exec(page)?.[1] ?? '[]'
  const found = peopleShape.parse(JSON.parse(json))
  return {
    names: found.map(({ name }) => (name === '' ? 'the fourth' : name)),
    people: found.map(({ name, traits, email, ads_by_email, audiences, events }) => ({
      traits: Object.fromEntries(
        Object.entries({ name, ...traits }).map(([trait, value]) => [trait, toValue(trait, value)]),
      ),
      identifiers: { email },
      consents: { 'ads.email': ads_by_email },
      events: events.map(([event, time, properties], index) => ({
        messageId: `m${index}`,
        name: event,
        time: parseInstant(time) ?? 0n,
        properties,
      })),
      segments: new Set(),
      audiences: new Set(audiences),
    })),
  }
}

function toValue(trait: string, value: z.output<typeof scalar>): Value {
  if (typeof value !== 'string') return value
  const type = pageSchema.traits[trait]?.type
  if (type === 'date') return parseDay(value) ?? value
  return type === 'datetime' ? (parseInstant(value) ?? value) : value
}

import { z } from 'zod'
import { profileSchemaShape, type ProfileSchema } from '../../core/profile/profile-schema.ts'
import type { Rule } from '../../core/segment/rule.ts'

/** Moment of evaluation: the end of the made events. */
export const benchAsOf = Date.parse('2026-06-01T00:00:00Z')

export const benchSchema: ProfileSchema = z.strictObject(profileSchemaShape).parse({
  traits: {
    country: { type: 'text' },
    age: { type: 'number' },
    vip: { type: 'boolean' },
    signup: { type: 'datetime' },
  },
  identifiers: { email: { form: 'email' } },
  events: {
    purchase: { properties: { amount: 'number' } },
    open: { properties: { campaign: 'text' } },
    click: { properties: { campaign: 'text' } },
    view: {},
    cart: {},
  },
  consents: { ads: { channels: ['email'] } },
})

/** One question twice: as a rule, and as the SQL that a person who knows DuckDB well would write by hand. */
export interface Question {
  readonly rule: Rule
  /** A condition on `profile p`. */
  readonly sql: string
}

const now = `TIMESTAMP '2026-06-01'`

function events(name: string, days: number | null, having = ''): string {
  const since = days === null ? '' : `AND time > ${now} - INTERVAL ${days} DAY`
  const grouped = having === '' ? '' : `GROUP BY profile_id HAVING ${having}`
  return `p.profile_id IN (SELECT profile_id FROM event WHERE name = '${name}' ${since} AND time <= ${now} ${grouped})`
}

function did(name: string, days: number | null, times = 1): Question {
  const window = days === null ? {} : { window: { last: `${days} days` } }
  return {
    rule: { event: name, measure: 'count', ...window, op: 'at_least', value: times },
    sql: times === 1 ? events(name, days) : events(name, days, `count(*) >= ${times}`),
  }
}

function spent(more: number, days: number | null): Question {
  const window = days === null ? {} : { window: { last: `${days} days` } }
  return {
    rule: { event: 'purchase', measure: 'sum', property: 'amount', ...window, op: 'more_than', value: more },
    sql: events('purchase', days, `sum(property_amount) > ${more}`),
  }
}

export const all = (...parts: Question[]): Question => ({
  rule: { all: parts.map(({ rule }) => rule) },
  sql: `(${parts.map(({ sql }) => sql).join(' AND ')})`,
})
const any = (...parts: Question[]): Question => ({
  rule: { any: parts.map(({ rule }) => rule) },
  sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`,
})
const not = ({ rule, sql }: Question): Question => ({ rule: { not: rule }, sql: `NOT (${sql})` })

const french: Question = {
  rule: { trait: 'country', op: 'equals', value: 'FR' },
  sql: `p.trait_country = 'FR'`,
}
const western: Question = {
  rule: { trait: 'country', op: 'in', value: ['FR', 'DE', 'ES'] },
  sql: `p.trait_country IN ('FR', 'DE', 'ES')`,
}
const over40: Question = { rule: { trait: 'age', op: 'more_than', value: 40 }, sql: `p.trait_age > 40` }
const under30: Question = { rule: { trait: 'age', op: 'less_than', value: 30 }, sql: `p.trait_age < 30` }
const vip: Question = { rule: { trait: 'vip', op: 'equals', value: true }, sql: `p.trait_vip` }
const recent: Question = {
  rule: { trait: 'signup', op: 'within_last', value: '150 days' },
  sql: `p.trait_signup > ${now} - INTERVAL 150 DAY AND p.trait_signup <= ${now}`,
}
const mayMail: Question = {
  rule: { consent: { purpose: 'ads', channel: 'email' }, is: 'granted' },
  sql: `p.consent_ads__email = 'granted'`,
}

/** The questions of "one rule": the shapes that marketers use most. */
export const singleQuestions: Readonly<Record<string, Question>> = {
  trait: all(french, mayMail),
  spent_and_not_opened: all(french, spent(100, 30), not(did('open', 7))),
  counted: did('view', 365, 3),
  performed: did('open', null),
  either: any(all(western, over40), did('purchase', 90)),
}

/** What the fifty segments ask about people and about what they did. Each is used by several of them. */
const asked = [french, western, over40, under30, vip, recent, mayMail]
const done = [
  spent(100, 365),
  spent(500, 365),
  spent(100, 92),
  did('purchase', 92, 2),
  did('purchase', 30),
  did('purchase', null),
  spent(1000, null),
  did('purchase', null, 3),
  did('open', 30),
  did('open', 30, 3),
  did('open', 92),
  did('open', 92, 5),
  did('click', 30),
  did('view', 7),
  did('view', 7, 2),
  did('view', 30, 2),
  did('cart', 7),
  did('open', null),
  did('click', 365),
  spent(50, 30),
]

/** What two hundred segments ask about what people did: the twenty above and forty-three more. */
const doneByMany = [
  ...done,
  ...[20, 200, 300].flatMap((more) => [14, 60, 180].map((days) => spent(more, days))),
  ...['cart', 'click', 'view', 'open'].flatMap((name) => [3, 14, 60, 180].map((days) => did(name, days))),
  ...['cart', 'view', 'open'].flatMap((name) =>
    [60, 180, 365].flatMap((days) => [2, 4].map((times) => did(name, days, times))),
  ),
]

/** Two hundred segments of the same five kinds, forty each. They ask 70 distinct things. */
export const manyQuestions: readonly Question[] = Array.from({ length: 200 }, (_, index) => {
  const from = (list: readonly Question[], step: number): Question =>
    list[(index * step + Math.floor(index / 7)) % list.length] ?? french
  const [who, other, did, didNot] = [
    from(asked, 2),
    from(asked, 4),
    from(doneByMany, 5),
    from(doneByMany, 11),
  ]
  if (index % 5 === 0) return all(who, did)
  if (index % 5 === 1) return all(who, did, not(didNot))
  if (index % 5 === 2) return all(who, any(other, did))
  if (index % 5 === 3) return all(did, not(didNot))
  return all(who, other, did)
})

/**
 * Fifty segments of five kinds, ten each: a trait and an event; a trait, an event and not another; a trait and (another or an event);
 * an event and not another; traits alone. They ask 27 distinct things, so each is shared by about five of them.
 */
export const fiftyQuestions: readonly Question[] = Array.from({ length: 50 }, (_, index) => {
  const from = (list: readonly Question[], step: number): Question =>
    list[(index * step + index) % list.length] ?? french
  const [who, other, did, didNot] = [from(asked, 2), from(asked, 4), from(done, 6), from(done, 8)]
  if (index % 5 === 0) return all(who, did)
  if (index % 5 === 1) return all(who, did, not(didNot))
  if (index % 5 === 2) return all(who, any(other, did))
  if (index % 5 === 3) return all(did, not(didNot))
  return all(who, other)
})

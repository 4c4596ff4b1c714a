import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { profileSchemaManifest } from '../../../core/manifest/manifest.ts'
import { parseInstant } from '../../../core/segment/calendar.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import type { Person, PersonEvent } from '../../../core/segment/person.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import {
  fillTemplate,
  readParameters,
  readSegmentTemplates,
  type SegmentTemplate,
} from '../../../hub-server/manifest/segment-template.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aPerson } from './a-person.ts'
import { openWarehouse, storePeople } from './store-people.ts'

/** What a shop usually knows: every template must be valid over it as it is. */
const schema = profileSchemaManifest.parse({
  kind: 'profile_schema',
  version: 1,
  name: 'standard',
  traits: { birthday: { type: 'date' } },
  identifiers: { email: { form: 'email' } },
  events: {
    purchase: { properties: { amount: 'number' } },
    add_to_cart: {},
    subscribed: {},
    email_clicked: {},
    page_viewed: {},
  },
  consents: { marketing: { channels: ['email'] } },
})
const asOf = Date.parse('2026-06-15T12:00:00Z')
const templates = await readSegmentTemplates()

function templateOf(name: string): SegmentTemplate {
  const template = templates.find((one) => one.name === name)
  if (!template) throw new Error(`no template ${name}`)
  return template
}

function rulesOf(name: string, given: readonly string[] = []): ReadonlyMap<string, Rule> {
  const template = templateOf(name)
  const { manifests } = fillTemplate(template, readParameters(template, given), 'en')
  return new Map(manifests.map((manifest) => [manifest.name, ruleSchema.parse(manifest['rule'])]))
}

let events = 0
/** An event so many hours ago. */
function did(name: string, hoursAgo: number, properties: PersonEvent['properties'] = {}): PersonEvent {
  events += 1
  const time = BigInt(asOf - hoursAgo * 3_600_000) * 1000n
  return { messageId: `m${events}`, name, time, properties }
}
const day = 24
const bought = (daysAgo: number, amount = 10): PersonEvent => did('purchase', daysAgo * day, { amount })
const subscribed = (daysAgo: number): PersonEvent => did('subscribed', daysAgo * day)
const who = (...list: readonly PersonEvent[]): Person => aPerson({ events: list })
const consents = { 'marketing.email': 'granted' } as const
const born = (date: string): Person =>
  aPerson({ traits: { birthday: (parseInstant(`${date}T00:00:00Z`) ?? 0n) / 86_400_000_000n } })

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openWarehouse(schema)
})
afterAll(() => duckdb.close())

/** The segments of each person, in the order given. */
async function segmentsOf(rules: ReadonlyMap<string, Rule>, people: readonly Person[]): Promise<string[][]> {
  await duckdb.run('DELETE FROM membership')
  await storePeople(duckdb, schema, people)
  await createSegmentStore(duckdb, schema).evaluate(rules, asOf)
  const rows = await duckdb.all<{ segment: string; id: number }>(
    'SELECT segment, profile_id::INTEGER AS id FROM membership WHERE exited_at IS NULL ORDER BY segment',
  )
  return people.map((_, index) => rows.filter(({ id }) => id === index + 1).map(({ segment }) => segment))
}

async function isMember(
  name: string,
  people: readonly Person[],
  given?: readonly string[],
): Promise<boolean[]> {
  return (await segmentsOf(rulesOf(name, given), people)).map((segments) => segments.includes(name))
}

describe('ready segments', () => {
  it('are those that marketers ask for first', () => {
    expect(templates.map(({ name }) => name)).toEqual([
      'abandoned-cart',
      'at-risk',
      'birthday',
      'engaged',
      'lapsed',
      'new-subscribers',
      'rfm-quintiles',
      'rfm-thresholds',
      'vip',
    ])
  })

  it.each(templates.map((template) => [template.name, template] as const))(
    '%s: is valid as it is, uses each of its parameters, and leaves none open',
    (name, template) => {
      const rules = rulesOf(name)
      for (const [segment, rule] of rules) {
        expect(validateRule(rule, { name: segment, profileSchema: schema, segments: rules })).toEqual([])
        expect(describeRule(rule, 'fr')).not.toContain('${')
      }
      const body = JSON.stringify([template.segments.map(({ rule }) => rule), template.needs])
      for (const [parameter, { meaning }] of Object.entries(template.parameters)) {
        expect(body).toContain(`\${${parameter}`)
        expect(meaning.en).toMatch(/\.$/)
        expect(meaning.fr).toMatch(/\.$/)
      }
      for (const language of ['en', 'fr'] as const)
        expect(JSON.stringify(fillTemplate(template, readParameters(template, []), language))).not.toContain(
          '${',
        )
    },
  )

  it.each(templates.map((template) => [template.name, template] as const))(
    '%s: says what it needs of the profile schema, and needs no more',
    (name, template) => {
      const { needs } = fillTemplate(template, readParameters(template, []), 'en')
      const own = profileSchemaManifest.parse({
        kind: 'profile_schema',
        version: 1,
        name: 'own',
        identifiers: {},
        ...(needs as object),
      })
      const rules = rulesOf(name)
      for (const [segment, rule] of rules)
        expect(validateRule(rule, { name: segment, profileSchema: own, segments: rules })).toEqual([])
    },
  )

  it('take parameters of a workspace, and refuse what fits none', () => {
    const given = ['event=order', 'days=60']
    expect(rulesOf('lapsed', given).get('lapsed')).toEqual({
      all: [{ event: 'order' }, { not: { event: 'order', window: { last: '60 days' } } }].map((rule) =>
        ruleSchema.parse(rule),
      ),
    })
    for (const wrong of ['dais=60', 'days=', 'days', 'days=many', 'event=Not a name'])
      expect(() => rulesOf('lapsed', [wrong])).toThrow(expect.objectContaining({ code: 'usage.wrong' }))
    const injected = rulesOf('birthday', ['zone=${days}']).get('birthday')
    expect(injected).toMatchObject({ time_zone: '${days}' })
  })

  it('lapsed: bought, but not in the last 90 days', async () => {
    expect(await isMember('lapsed', [who(bought(91)), who(bought(200), bought(89)), who()])).toEqual([
      true,
      false,
      false,
    ])
  })

  it('vip: the top 5 % of the spenders of a year', async () => {
    const people = Array.from({ length: 40 }, (_, index) => who(bought(30, index + 1)))
    const vip = await isMember('vip', [...people, who(bought(500, 10_000)), who()])
    expect(vip.flatMap((is, index) => (is ? [index + 1] : []))).toEqual([39, 40])
  })

  it('abandoned cart: 2 hours of quiet after the last cart, nothing bought since', async () => {
    const cart = (hoursAgo: number): PersonEvent => did('add_to_cart', hoursAgo)
    const people = [
      who(cart(3)),
      who(cart(1)),
      who(cart(5), cart(1)),
      who(cart(5), did('purchase', 1)),
      who(did('purchase', 6), cart(5)),
      who(cart(8 * day)),
      who(),
    ]
    expect(await isMember('abandoned-cart', people)).toEqual([true, false, false, false, true, false, false])
  })

  it('new subscribers: within 30 days, still consenting, no purchase yet', async () => {
    const people = [
      aPerson({ events: [subscribed(5)], consents }),
      aPerson({ events: [subscribed(5)], consents: { 'marketing.email': 'denied' } }),
      aPerson({ events: [subscribed(5), bought(1)], consents }),
      aPerson({ events: [subscribed(31)], consents }),
    ]
    expect(await isMember('new-subscribers', people)).toEqual([true, false, false, false])
  })

  it('engaged: a click, or visits on three days, within 30 days, and consent', async () => {
    const visit = (daysAgo: number): PersonEvent => did('page_viewed', daysAgo * day)
    const people = [
      aPerson({ events: [did('email_clicked', 10)], consents }),
      aPerson({ events: [visit(1), visit(2), visit(3)], consents }),
      aPerson({ events: [visit(1), visit(1), visit(1)], consents }),
      aPerson({ events: [did('email_clicked', 31 * day)], consents }),
      aPerson({ events: [did('email_clicked', 10)] }),
    ]
    expect(await isMember('engaged', people)).toEqual([true, true, false, false, false])
  })

  it('at risk: three purchases, the last one 60 to 120 days ago', async () => {
    const people = [
      who(bought(200), bought(150), bought(70)),
      who(bought(200), bought(150), bought(10)),
      who(bought(300), bought(250), bought(121)),
      who(bought(150), bought(70)),
    ]
    expect(await isMember('at-risk', people)).toEqual([true, false, false, false])
  })

  it('birthday: today and the six days after, leap days included', async () => {
    const people = ['1990-06-15', '1985-06-21', '1985-06-22', '2001-06-14'].map(born)
    expect(await isMember('birthday', [...people, aPerson()])).toEqual([true, true, false, false, false])
  })

  it.each(['rfm-thresholds', 'rfm-quintiles'])('%s: has every customer in exactly one cell', async (name) => {
    const people = Array.from({ length: 60 }, (_, index) =>
      who(
        ...Array.from({ length: 1 + (index % 7) }, (_, place) =>
          bought(((index * 37) % 400) + 1 + place * 20, 1 + ((index * 91) % 400)),
        ),
      ),
    )
    const cells = await segmentsOf(rulesOf(name), [...people, who(), who(did('page_viewed', 3))])
    expect(cells.slice(0, 60).filter((found) => found.length !== 1)).toEqual([])
    expect(cells.slice(60)).toEqual([[], []])
    expect(new Set(cells.flat()).size).toBeGreaterThanOrEqual(5)
  })

  it('rfm-thresholds: tells who is who', async () => {
    const often = (daysAgo: number, amount: number): Person =>
      who(...[0, 10, 20, 30].map((before) => bought(daysAgo + before, amount)))
    const cells = await segmentsOf(rulesOf('rfm-thresholds'), [
      often(5, 200),
      often(5, 20),
      who(bought(5, 900)),
      who(bought(5)),
      often(100, 200),
      often(200, 20),
      who(bought(200, 900)),
      who(bought(200)),
    ])
    expect(cells.flat()).toEqual([
      'rfm-champions',
      'rfm-loyal',
      'rfm-loyal',
      'rfm-promising',
      'rfm-cooling',
      'rfm-cannot-lose',
      'rfm-cannot-lose',
      'rfm-hibernating',
    ])
  })

  it('rfm-quintiles: has the best in the first cell, and the valuable who stay away in one of their own', async () => {
    const people = Array.from({ length: 20 }, (_, index) => {
      const isBest = index === 0
      const isMissed = index === 19
      const purchases = isBest || isMissed ? 9 : 1
      return who(...Array.from({ length: purchases }, (_, place) => bought(10 + index * 5 + place / 10, 50)))
    })
    const cells = await segmentsOf(rulesOf('rfm-quintiles'), people)
    expect(cells[0]).toEqual(['rfm-top-champions'])
    expect(cells[19]).toEqual(['rfm-top-asleep-valuable'])
    expect(cells[18]).toEqual(['rfm-top-asleep'])
    expect(cells.flat().filter((cell) => cell === 'rfm-top-recent')).not.toEqual([])
  })
})

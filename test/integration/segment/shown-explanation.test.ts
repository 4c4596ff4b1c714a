import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDay } from '../../../core/segment/calendar.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { showRuleTree } from '../../../hub-server/cli/show-rule-tree.ts'
import { createTerminal } from '../../../hub-server/cli/terminal.ts'
import { createTranslator, type Language } from '../../../hub-server/locales/translate.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentInsight } from '../../../hub-server/warehouse/segment-insight.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aPerson, aPurchase, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openWarehouse(schema)
  await storePeople(duckdb, schema, [
    aPerson({
      traits: {
        country: 'FR',
        score: 12.5,
        currency: 'EUR',
        birthday: parseDay('2000-02-29'),
        latitude: 48.8566,
        longitude: 2.3522,
        tags: ['vip', 'b2b'],
      },
      identifiers: { email: ['ada@example.com'] },
      consents: { 'ads.email': 'denied' },
      audiences: new Set(['to-ads']),
      events: [
        aPurchase({ messageId: 'a', properties: { amount: 20, shop: 'Lyon' } }),
        aPurchase({ messageId: 'b', properties: { amount: 22.5 } }),
        aPurchase({ messageId: 'c', name: 'open' }),
      ],
    }),
    aPerson({ events: [aPurchase({ messageId: 'd', properties: { amount: 99 } })] }),
  ])
  await createSegmentStore(duckdb, schema).evaluate(new Map([['french', inCountry('FR')]]), asOf - 60_000)
})
afterAll(() => duckdb.close())

/** What the command line says of one condition for one person, without the mark in front. */
async function shown(rule: Rule, language: Language, person = 'p_1'): Promise<string> {
  let text = ''
  const sink = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk
      done()
    },
  })
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout: sink,
    stderr: sink,
    translator: createTranslator(language),
    json: false,
    input: false,
    decorate: false,
  })
  const insight = createSegmentInsight({ duckdb, schema, segments: createSegmentStore(duckdb, schema) })
  const segments = new Map<string, Rule>([
    ['french', inCountry('FR')],
    ['#draft', rule],
  ])
  showRuleTree(terminal, await insight.explain(person, { segment: '#draft', segments, asOf }), 0)
  return text.trimEnd().replaceAll('\u00A0', ' ')
}

const bought = { event: 'purchase' } as const

/** A condition of each kind, with what is shown of it in English and in French. */
const kinds: readonly (readonly [string, Rule, string, string])[] = [
  [
    'a trait',
    { trait: 'tags', op: 'contains', value: 'vip' },
    '✔ tags contains “vip” — here: vip, b2b (true)',
    '✔ tags contient « vip » — ici : vip, b2b (vrai)',
  ],
  [
    'a missing trait',
    { trait: 'select', op: 'equals', value: 'x' },
    '? select is “x” — select is missing (unknown)',
    '? select est « x » — select manque (inconnu)',
  ],
  [
    'a birthday',
    { trait: 'birthday', op: 'month', value: 'february' },
    '✔ birthday is in february — here: 2000-02-29 (true)',
    '✔ birthday tombe en février — ici : 2000-02-29 (vrai)',
  ],
  [
    'an identifier',
    { identifier: 'email', op: 'ends_with', value: '.org' },
    '✖ email (identifier) ends with “.org” — here: ada@example.com (false)',
    '✖ email (identifiant) finit par « .org » — ici : ada@example.com (faux)',
  ],
  [
    'an unknown identifier',
    { identifier: 'crm', op: 'equals', value: '1' },
    '? crm (identifier) is “1” — no crm is known (unknown)',
    '? crm (identifiant) est « 1 » — aucun crm connu (inconnu)',
  ],
  [
    'a consent',
    { consent: { purpose: 'ads', channel: 'email' }, is: 'granted' },
    '✖ consent to ads by email is granted — here: denied (false)',
    '✖ le consentement à ads par email est accordé — ici : refusé (faux)',
  ],
  [
    'an amount',
    { money: { amount: 'score', currency: 'currency' }, in: 'USD', op: 'at_least', value: 10 },
    '? score in USD is at least 10 — here: 12.5 EUR (unknown)',
    '? score en USD : au moins 10 — ici : 12,5 EUR (inconnu)',
  ],
  [
    'a circle',
    {
      place: { latitude: 'latitude', longitude: 'longitude' },
      within: { latitude: 48.86, longitude: 2.45, radius_km: 5 },
    },
    '✖ is within 5 km of 48.86°, 2.45° — 7.2 km away (false)',
    '✖ se trouve à 5 km au plus de 48.86°, 2.45° — à 7,2 km (faux)',
  ],
  [
    'an area',
    {
      place: { country: 'country', postcode: 'postcode' },
      in_region: [{ country: 'FR', postcodes: ['75'] }],
    },
    '? is in FR 75… — here: FR, nothing known (unknown)',
    '? se trouve dans FR 75… — ici : FR, rien de connu (inconnu)',
  ],
  [
    'a sum',
    { ...bought, measure: 'sum', property: 'amount', op: 'at_least', value: 40 },
    '✔ the sum of amount of purchase is at least 40 — here: 42.5 (true)',
    '✔ la somme de amount des purchase : au moins 40 — ici : 42,5 (vrai)',
  ],
  [
    'a sequence',
    {
      ...bought,
      measure: 'count',
      op: 'at_least',
      not_followed_by: { event: 'open', within: '2 hours' },
    },
    '✔ has done purchase not followed within 2 hours by open — here: 2 (true)',
    '✔ a fait purchase non suivi de open en 2 heures — ici : 2 (vrai)',
  ],
  [
    'a time',
    { ...bought, measure: 'last', op: 'within_last', value: '7 days' },
    '✔ the last purchase is within the last 7 days — here: Mar 30, 2024, 12:00 PM UTC (true)',
    '✔ le dernier purchase date de moins de 7 jours — ici : 30 mars 2024, 12:00 UTC (vrai)',
  ],
  [
    'an event that never was',
    { event: 'group', measure: 'recency', op: 'less_than', value: 3 },
    '? the days since the last group is less than 3 — no event group counts (unknown)',
    '? le nombre de jours depuis le dernier group : moins de 3 — aucun événement group ne compte (inconnu)',
  ],
  [
    'a net sum',
    {
      net: [{ event: 'purchase', property: 'amount', weight: 1 }],
      op: 'more_than',
      value: 50,
    },
    '✖ the sum of amount of purchase is more than 50 — here: 42.5 (false)',
    '✖ la somme de amount de purchase : plus de 50 — ici : 42,5 (faux)',
  ],
  [
    'a rank',
    { rank: { ...bought, measure: 'sum', property: 'amount' }, top: 1, order: 'highest' },
    '✖ is among the first 1 by the sum of amount of purchase, highest first — rank 2 of 2 with 42.5; in up to rank 1 (false)',
    '✖ fait partie des 1 premiers par la somme de amount des purchase, en commençant par le plus haut — rang 2 sur 2 avec 42,5 ; retenu jusqu’au rang 1 (faux)',
  ],
  [
    'an audience',
    { audience: 'to-ads' },
    '✔ is held by the audience of to-ads — since Jan 1, 1970, 12:00 AM UTC (true)',
    '✔ est tenu par l’audience de to-ads — depuis le 1 janv. 1970, 00:00 UTC (vrai)',
  ],
  [
    'a share',
    { sample: { salt: 'x', percent: 100, from: 0 } },
    '✔ is in 100 % of all people (draw x) — at 47.52 % of the draw (true)',
    '✔ fait partie de 100 % de tout le monde (tirage x) — à 47,52 % du tirage (vrai)',
  ],
  [
    'a segment',
    { segment: 'french' },
    '✔ is in the segment french — since Mar 31, 2024, 11:59 AM UTC (true)',
    '✔ fait partie du segment french — depuis le 31 mars 2024, 11:59 UTC (vrai)',
  ],
  [
    'groups',
    { not: { time_zone: 'Europe/Paris', rule: { any: [] } } },
    '✔ not: (true)\n  ✖ by the clocks of Europe/Paris: (false)\n    ✖ nobody (false)',
    '✔ pas : (vrai)\n  ✖ à l’heure de Europe/Paris : (faux)\n    ✖ personne (faux)',
  ],
]

describe('an explanation on the command line', () => {
  it.each(kinds)('shows what decided %s', async (_kind, rule, english, french) => {
    expect([await shown(rule, 'en'), await shown(rule, 'fr')]).toEqual([english, french])
  })

  it('says that somebody is not ranked', async () => {
    const rule: Rule = { rank: { trait: 'score' }, top: 1, order: 'lowest' }
    expect(await shown(rule, 'en', 'p_2')).toMatch(
      /— not ranked, as there is no value to rank by \(ranked: 1\) \(false\)$/,
    )
    expect(await shown(rule, 'fr', 'p_2')).toMatch(/— non classé, faute de valeur \(classés : 1\) \(faux\)$/)
  })
})

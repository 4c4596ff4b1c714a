import { beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { qualityManifest, type QualityManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../../hub-server/warehouse/profile-store.ts'
import { createQualityStage } from '../../../hub-server/warehouse/quality/quality-stage.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { aMapping, aRecord, aSchema } from '../profile-store/a-profile-store.ts'

const schema = aSchema({
  traits: {
    first_name: { type: 'text' },
    country: { type: 'text' },
    zip: { type: 'text' },
    price: { type: 'text' },
    points: { type: 'number' },
    visits: { type: 'number' },
    born: { type: 'date' },
    flags: { type: 'list' },
  },
})
const traits = Object.fromEntries(
  ['first_name', 'country', 'zip', 'price', 'points', 'visits', 'born'].map((name) => [name, { from: name }]),
)
const mapping = aMapping({ traits })

type Checks = z.input<typeof qualityManifest>['checks']

const aQuality = (checks: Checks, rest: { flags_into?: string } = {}): QualityManifest =>
  qualityManifest.parse({
    kind: 'quality',
    version: 1,
    name: 'contacts',
    connection: 'shop',
    stream: 'contacts',
    checks,
    ...rest,
  })

const clock = createFixedClock('2026-02-01T00:00:00Z')
let duckdb: DuckDb
beforeEach(async () => {
  duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
})

/** The profile store under these checks; another one may follow over the same warehouse. */
async function underChecks(...manifests: readonly QualityManifest[]): Promise<ProfileStore> {
  const quality = createQualityStage({ duckdb, clock, schema, manifests, mappings: [mapping] })
  const store = createProfileStore({ duckdb, clock, workers: 1, quality })
  await store.prepare(schema)
  return store
}

let runs = 0
function write(store: ProfileStore, records: Parameters<typeof aRecord>[]): Promise<unknown> {
  runs += 1
  return store.writePage({
    stream: { connection: 'shop', stream: 'contacts' },
    runId: `run_${runs}`,
    receivedAt: clock.now(),
    records: records.map((record) => aRecord(...record)),
    quarantined: [],
  })
}

const refresh = (store: ProfileStore): ReturnType<ProfileStore['refresh']> => store.refresh([mapping], {})

async function pull(store: ProfileStore, ...records: Parameters<typeof aRecord>[]): Promise<void> {
  await write(store, records)
  await refresh(store)
}

const people = (columns: string): Promise<unknown[]> =>
  duckdb.all(`SELECT ${columns} FROM profile ORDER BY 1`)
const findings = (): Promise<unknown[]> =>
  duckdb.all(
    `SELECT s.external_id AS id, target, check_name, action, code, suggestion FROM quality_finding
     JOIN source_record s USING (record_id) ORDER BY ALL`,
  )

describe('flag', () => {
  it('keeps the value, notes the finding and tells segments through a trait', async () => {
    const store = await underChecks(
      aQuality(
        [
          { on: 'email', check: 'disposable' },
          { on: 'email', check: 'role_address' },
          { on: 'email', check: 'domain_typo' },
        ],
        { flags_into: 'flags' },
      ),
    )
    await pull(
      store,
      ['a', { email: 'info@mailinator.com' }],
      ['b', { email: 'ada@outlok.fr' }],
      ['c', { email: 'ada@example.com' }],
    )
    expect(await findings()).toEqual([
      {
        id: 'a',
        target: 'email',
        check_name: 'disposable',
        action: 'flag',
        code: 'disposable',
        suggestion: null,
      },
      {
        id: 'a',
        target: 'email',
        check_name: 'role_address',
        action: 'flag',
        code: 'role_address',
        suggestion: null,
      },
      {
        id: 'b',
        target: 'email',
        check_name: 'domain_typo',
        action: 'flag',
        code: 'domain_typo',
        suggestion: 'outlook.fr',
      },
    ])
    const flagged = await duckdb.all(
      `SELECT identifier_email AS email, list_aggregate(trait_flags, 'string_agg', ' ') AS flags FROM profile ORDER BY 1`,
    )
    expect(flagged).toEqual([
      { email: 'ada@example.com', flags: null },
      { email: 'ada@outlok.fr', flags: 'email.domain_typo' },
      { email: 'info@mailinator.com', flags: 'email.disposable email.role_address' },
    ])
  })

  it('takes a finding back when the record is repaired', async () => {
    const store = await underChecks(aQuality([{ on: 'email', check: 'disposable' }]))
    await pull(store, ['a', { email: 'x@mailinator.com' }])
    await pull(store, ['a', { email: 'x@example.com' }, { versionAt: Date.UTC(2026, 0, 2) }])
    expect(await findings()).toEqual([])
  })
})

describe('drop', () => {
  it('leaves the value out and keeps the record', async () => {
    const store = await underChecks(
      aQuality([{ on: 'points', check: { between: [0, 100] }, action: 'drop' }]),
    )
    await pull(
      store,
      ['a', { email: 'a@example.com', points: 7 }],
      ['b', { email: 'b@example.com', points: -1 }],
    )
    expect(await people('identifier_email AS email, trait_points AS points')).toEqual([
      { email: 'a@example.com', points: 7 },
      { email: 'b@example.com', points: null },
    ])
  })

  it('of one of several addresses leaves the others, and lets the next one lead', async () => {
    const store = await underChecks(aQuality([{ on: 'email', check: 'role_address', action: 'drop' }]))
    await pull(store, ['a', { email: ['info@example.com', 'ada@example.com', 'bob@example.com'] }])
    expect(await people('identifier_email AS email')).toEqual([{ email: 'ada@example.com' }])
    expect(await duckdb.all(`SELECT value FROM every_identifier ORDER BY 1`)).toEqual([
      { value: 'ada@example.com' },
      { value: 'bob@example.com' },
    ])
  })

  it('of a shared mailbox keeps two people apart', async () => {
    const store = await underChecks(aQuality([{ on: 'email', check: 'role_address', action: 'drop' }]))
    await pull(
      store,
      ['a', { email: 'info@example.com', customer_id: '1' }],
      ['b', { email: 'info@example.com', customer_id: '2' }],
    )
    expect(await people('identifier_customer_id AS id')).toEqual([{ id: '1' }, { id: '2' }])
  })
})

describe('normalise', () => {
  it('writes postcode, country and money in their normal form and flags what has none', async () => {
    const store = await underChecks(
      aQuality([
        { on: 'country', check: 'country', action: 'normalise' },
        { on: 'zip', check: { postcode: { country_from: 'country' } }, action: 'normalise' },
        { on: 'price', check: { money: { currency: 'EUR' } }, action: 'normalise', otherwise: 'drop' },
      ]),
    )
    await pull(
      store,
      ['a', { email: 'a@example.com', country: 'Royaume-Uni', zip: 'sw1a1aa', price: '1.234,5' }],
      ['b', { email: 'b@example.com', country: 'FR', zip: '1000', price: 'a lot' }],
      ['c', { email: 'c@example.com', country: 'Atlantis', zip: '99', price: '12,00 EUR' }],
    )
    expect(
      await people(
        'identifier_email AS email, trait_country AS country, trait_zip AS zip, trait_price AS price',
      ),
    ).toEqual([
      { email: 'a@example.com', country: 'GB', zip: 'SW1A 1AA', price: '1234.50 EUR' },
      { email: 'b@example.com', country: 'FR', zip: '01000', price: null },
      { email: 'c@example.com', country: 'Atlantis', zip: '99', price: '12.00 EUR' },
    ])
    expect((await findings()).filter((one) => (one as { action: string }).action !== 'normalise')).toEqual([
      { id: 'b', target: 'price', check_name: 'money', action: 'drop', code: 'not_money', suggestion: null },
      {
        id: 'c',
        target: 'country',
        check_name: 'country',
        action: 'flag',
        code: 'unknown_country',
        suggestion: null,
      },
    ])
  })

  it('never changes the raw source record', async () => {
    const store = await underChecks(aQuality([{ on: 'country', check: 'country', action: 'normalise' }]))
    await pull(store, ['a', { email: 'a@example.com', country: 'France' }])
    expect(await duckdb.all(`SELECT fields FROM source_record`)).toEqual([
      { fields: '{"email":"a@example.com","country":"France"}' },
    ])
  })
})

describe('quarantine', () => {
  const checks = aQuality([{ on: 'first_name', check: 'filled', action: 'quarantine' }])

  it('keeps the whole record out, and lets it in once it is repaired', async () => {
    const store = await underChecks(checks)
    await pull(store, ['a', { email: 'a@example.com' }], ['b', { email: 'b@example.com', first_name: 'Bo' }])
    expect(await people('identifier_email AS email')).toEqual([{ email: 'b@example.com' }])
    await pull(store, [
      'a',
      { email: 'a@example.com', first_name: 'Al' },
      { versionAt: Date.UTC(2026, 0, 2) },
    ])
    expect(await people('identifier_email AS email')).toEqual([
      { email: 'a@example.com' },
      { email: 'b@example.com' },
    ])
  })

  it('takes back what an earlier version of the record told', async () => {
    const store = await underChecks(checks)
    await pull(store, ['a', { email: 'a@example.com', first_name: 'Al' }])
    await pull(store, ['a', { email: 'a@example.com', first_name: '' }, { versionAt: Date.UTC(2026, 0, 2) }])
    expect(await people('identifier_email AS email')).toEqual([])
  })

  it('keeps a refusal, whatever else is wrong with the record', async () => {
    const store = await underChecks(checks)
    await pull(
      store,
      ['a', { email: 'a@example.com', newsletter: 'no', points: 5 }],
      ['b', { email: 'a@example.com', newsletter: 'yes', first_name: 'Al' }],
    )
    expect(
      await people('trait_first_name AS name, trait_points AS points, consent_marketing__email AS consent'),
    ).toEqual([{ name: 'Al', points: null, consent: 'denied' }])
  })

  it('ends when the checks are taken away', async () => {
    await pull(await underChecks(checks), ['a', { email: 'a@example.com' }])
    await refresh(await underChecks())
    expect(await people('identifier_email AS email')).toEqual([{ email: 'a@example.com' }])
    expect(await findings()).toEqual([])
  })
})

describe('outliers', () => {
  const crowd = (count: number): Parameters<typeof aRecord>[] =>
    Array.from({ length: count }, (_, at) => [
      `p${at}`,
      { email: `p${at}@example.com`, points: 40 + (at % 20), visits: at % 7 },
    ])

  it.each(['z_score', 'iqr', 'mad'] as const)('by %s are those far from all others', async (by) => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by } }, action: 'drop' }]))
    await pull(store, ...crowd(100), ['far', { email: 'far@example.com', points: 4000 }])
    expect(await findings()).toEqual([
      {
        id: 'far',
        target: 'points',
        check_name: 'outlier',
        action: 'drop',
        code: 'outlier',
        suggestion: null,
      },
    ])
  })

  it('that come later are judged by what was learned first', async () => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by: 'iqr' } } }]))
    await pull(store, ...crowd(100))
    await pull(
      store,
      ['far', { email: 'far@example.com', points: 4000 }],
      ['near', { email: 'n@example.com', points: 50 }],
    )
    expect(await findings()).toMatchObject([{ id: 'far' }])
  })

  it('are found alike whether records come at once or in parts that double them', async () => {
    const manifest = aQuality([{ on: 'points', check: { outlier: { by: 'z_score' } } }])
    const all = [
      ...crowd(120),
      ['far', { email: 'far@example.com', points: 400 }] as Parameters<typeof aRecord>,
    ]
    const parts = await underChecks(manifest)
    await pull(parts, ...all.slice(0, 30))
    await pull(parts, ...all.slice(30))
    const inParts = await findings()
    duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
    await pull(await underChecks(manifest), ...all)
    expect(inParts).toEqual(await findings())
    expect(inParts).toHaveLength(1)
  })

  it('are not called where too little is known', async () => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by: 'mad' } } }]))
    await pull(store, ...crowd(5), ['far', { email: 'far@example.com', points: 4000 }])
    expect(await findings()).toEqual([])
  })

  it('by an isolation forest are records whose numbers do not go together', async () => {
    const store = await underChecks(
      aQuality([
        { on: ['points', 'visits'], check: { isolation_forest: { share: 0.005 } }, action: 'quarantine' },
      ]),
    )
    await pull(store, ...crowd(199), ['far', { email: 'far@example.com', points: 900, visits: 90 }])
    expect(await findings()).toMatchObject([{ id: 'far', action: 'quarantine', target: 'points + visits' }])
    expect(await people('count(*)::INTEGER AS n')).toEqual([{ n: 199 }])
  })
})

it('judges dates by the day on which they come', async () => {
  const store = await underChecks(
    aQuality([
      { on: 'born', check: { date: { not_before: '1900-01-01', not_after: 'today' } }, action: 'drop' },
    ]),
  )
  await pull(
    store,
    ['a', { born: '1899-12-31', email: 'a@example.com' }],
    ['b', { born: '2026-02-02', email: 'b@example.com' }],
    ['c', { born: '2026-02-01', email: 'c@example.com' }],
  )
  expect(await findings()).toMatchObject([
    { id: 'a', code: 'too_early' },
    { id: 'b', code: 'too_late' },
  ])
})

it('judges nothing of a stream without checks', async () => {
  const store = await underChecks(aQuality([{ on: 'email', check: 'disposable', action: 'quarantine' }]))
  await store.writePage({
    stream: { connection: 'crm', stream: 'contacts' },
    runId: 'run',
    receivedAt: clock.now(),
    records: [aRecord('a', { email: 'x@mailinator.com' })],
    quarantined: [],
  })
  await store.refresh([mapping, aMapping({ name: 'crm', connection: 'crm', traits })], {})
  expect(await people('identifier_email AS email')).toEqual([{ email: 'x@mailinator.com' }])
})

import { beforeEach, describe, expect, it } from 'vitest'
import { aMapping, aRecord } from '../profile-store/a-profile-store.ts'
import {
  aQuality,
  clock,
  duckdb,
  findings,
  mapping,
  people,
  pull,
  refresh,
  startAnew,
  traits,
  underChecks,
} from './checked-store.ts'

beforeEach(startAnew)

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

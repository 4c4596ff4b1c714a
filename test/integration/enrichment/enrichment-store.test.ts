import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anEnrichedWarehouse, anEnrichment, incomeCsv, writeParquet } from './an-enrichment.ts'

let hub: Awaited<ReturnType<typeof anEnrichedWarehouse>>
beforeEach(async () => {
  hub = await anEnrichedWarehouse()
})
afterEach(() => hub.close())

const values = (derived: Awaited<ReturnType<typeof hub.derivedOf>>) =>
  Object.fromEntries(Object.entries(derived).map(([trait, { value }]) => [trait, value]))

describe('an enrichment', () => {
  it('gives people the columns of their row as traits, with whose data it is, also to computed traits', async () => {
    hub.put('data/income.csv', incomeCsv)
    await hub.people(['01004', '75 056', '2a004'])
    expect(await hub.read()).toEqual({ read: 1, unchanged: 0, failed: [] })
    const first = await hub.derivedOf('p1@example.com')
    expect(first['median_income']).toEqual({
      value: 21_500.5,
      origin: 'enriched',
      enrichment: 'income-by-commune',
      source: 'INSEE, Filosofi 2021',
      licence: 'Licence Ouverte 2.0',
      readAt: Date.parse('2026-02-01T00:00:00Z'),
    })
    expect(values(first)).toMatchObject({ commune_name: 'Ambérieu-en-Bugey', is_wealthy: false })
    expect(values(await hub.derivedOf('p2@example.com'))).toMatchObject({
      median_income: 28_790,
      is_wealthy: true,
    })
    expect(values(await hub.derivedOf('p3@example.com'))).toMatchObject({ median_income: 20_340 })
  })

  it('tells how many people found a row, and which keys most of the others have', async () => {
    hub.put('data/income.csv', incomeCsv)
    await hub.people(['1004', '75056', '99999', '99999', '88888', ''])
    await hub.read()
    const [coverage] = await hub.enrichments.coverage()
    expect(coverage).toMatchObject({
      enrichment: 'income-by-commune',
      rows: 3,
      skippedRows: 0,
      profilesWithKey: 5,
      profilesMatched: 2,
      unmatchedKeys: [
        { key: '99999', profiles: 2 },
        { key: '88888', profiles: 1 },
      ],
      error: null,
    })
  })

  it('is refused when a key is there twice, however it is written, with examples; what was read before stays', async () => {
    hub.put('data/income.csv', incomeCsv)
    await hub.people(['1004'])
    await hub.read()
    hub.put('data/income.csv', `${incomeCsv}01004;Again;1\n2a-004;Again;2\n`)
    const { failed } = await hub.read()
    expect(failed).toEqual([
      {
        enrichment: 'income-by-commune',
        code: 'enrichment.duplicate_keys',
        params: expect.objectContaining({
          file: 'data/income.csv',
          column: 'CODGEO',
          keys: 2,
          examples: '"01004" (2, 5); "2A004" (4, 6)',
        }),
      },
    ])
    expect(values(await hub.derivedOf('p1@example.com'))).toMatchObject({ median_income: 21_500.5 })
    const [coverage] = await hub.enrichments.coverage()
    expect(coverage).toMatchObject({ rows: 3, error: { code: 'enrichment.duplicate_keys' } })
    // The same broken file is not read over and over, and is told each time.
    expect((await hub.read()).failed).toHaveLength(1)
    hub.put('data/income.csv', incomeCsv.replace('21 500,5', '30 000'))
    expect(await hub.read()).toEqual({ read: 1, unchanged: 0, failed: [] })
    expect(values(await hub.derivedOf('p1@example.com'))).toMatchObject({ median_income: 30_000 })
  })

  it('is read again when its file changed, when its manifest changed, and when its time has come', async () => {
    hub.put('data/income.csv', incomeCsv)
    const monthly = [anEnrichment({ every: '30 days' })]
    expect(await hub.read(monthly)).toMatchObject({ read: 1 })
    expect(await hub.read(monthly)).toMatchObject({ read: 0, unchanged: 1 })
    hub.clock.advance(29 * 86_400_000)
    expect(await hub.read(monthly)).toMatchObject({ read: 0, unchanged: 1 })
    hub.clock.advance(86_400_000)
    expect(await hub.read(monthly)).toMatchObject({ read: 1, unchanged: 0 })
    utimesSync(join(hub.folder, 'data/income.csv'), 1, 1)
    expect(await hub.read(monthly)).toMatchObject({ read: 1 })
    expect(await hub.read([anEnrichment({ traits: { commune_name: { from: 'LIBGEO' } } })])).toMatchObject({
      read: 1,
    })
  })

  it('without its manifest is forgotten, and its traits with it', async () => {
    hub.put('data/income.csv', incomeCsv)
    await hub.people(['1004'])
    await hub.read()
    expect(values(await hub.derivedOf('p1@example.com'))).toHaveProperty('median_income')
    await hub.read([])
    expect(values(await hub.derivedOf('p1@example.com'))).toEqual({ is_wealthy: false })
    expect(await hub.enrichments.coverage()).toEqual([])
  })

  it('leaves out rows without a key and rows that are broken, and values that do not fit, and counts them', async () => {
    hub.put('data/income.csv', `${incomeCsv};Nowhere;1\nbroken\n33063;Bordeaux;c\n`)
    await hub.people(['33063'])
    await hub.read()
    const [coverage] = await hub.enrichments.coverage()
    expect(coverage).toMatchObject({ rows: 4, skippedRows: 2, unusableValues: 1 })
    expect(values(await hub.derivedOf('p1@example.com'))).toEqual({
      commune_name: 'Bordeaux',
      is_wealthy: false,
    })
  })

  it('keyed by an identifier is compared as identifiers are, and shows no person in its faults', async () => {
    const byEmail = anEnrichment({ key: { identifier: 'email', from: 'MAIL' }, delimiter: ',' })
    hub.put('data/income.csv', 'MAIL,MED21,LIBGEO\n P1@Example.com ,"1 000",Rue\nnobody,2,b\n')
    await hub.people(['1004'])
    expect(await hub.read([byEmail])).toMatchObject({ read: 1 })
    expect(values(await hub.derivedOf('p1@example.com'))).toMatchObject({ median_income: 1000 })
    const [coverage] = await hub.enrichments.coverage()
    expect(coverage).toMatchObject({ rows: 1, skippedRows: 1, profilesMatched: 1, unmatchedKeys: [] })
    hub.put('data/income.csv', 'MAIL,MED21,LIBGEO\np1@example.com,1,a\nP1@EXAMPLE.COM,2,b\n')
    const { failed } = await hub.read([byEmail])
    expect(failed[0]).toMatchObject({ code: 'enrichment.duplicate_keys', params: { examples: '(2, 3)' } })
    expect(JSON.stringify(failed)).not.toMatch(/p1@/i)
  })
})

it('an enrichment keyed by an identifier leaves out who was erased, however often the file is read', async () => {
  hub.put('data/income.csv', 'MAIL,MED21,LIBGEO\nP1@example.com,1,a\np2@example.com,2,b\n')
  const { duckdb, tombstones } = hub
  await duckdb.transaction(async () => {
    await duckdb.run(
      `CREATE TEMP TABLE forgotten AS SELECT 'r1' AS request, 'email' AS kind, 'p1@example.com' AS value`,
    )
    await tombstones.remember(hub.clock.now())
  })
  await hub.read([anEnrichment({ key: { identifier: 'email', from: 'MAIL' }, delimiter: ',' })])
  // By kind and value, as erasure looks for people in every table.
  expect(await duckdb.all('SELECT kind, value FROM enrichment_income_by_commune')).toEqual([
    { kind: 'email', value: 'p2@example.com' },
  ])
})

const problem = async (change: Parameters<typeof anEnrichment>[0] = {}): Promise<string> => {
  const { failed } = await hub.read([anEnrichment(change)])
  expect(failed[0]?.code).toBe('enrichment.unreadable_file')
  return String(failed[0]?.params['said'])
}

describe('the file of an enrichment', () => {
  it('that is missing is told, and read as soon as it is there', async () => {
    expect(await problem()).toContain('data/income.csv does not exist')
    hub.put('data/income.csv', incomeCsv)
    expect(await hub.read()).toMatchObject({ read: 1, failed: [] })
  })

  it('that lacks a column is told with the columns it has', async () => {
    hub.put('data/income.csv', 'CODGEO;LIBGEO\n1;a\n')
    expect(await problem()).toContain('no column "MED21"; it has: CODGEO, LIBGEO')
  })

  it('cannot lie outside the workspace by way of a link', async () => {
    const outside = join(tmpdir(), `affluent-outside-${process.pid}.csv`)
    writeFileSync(outside, incomeCsv)
    symlinkSync(outside, join(hub.folder, 'link.csv'))
    symlinkSync(outside, join(hub.folder, 'link.parquet'))
    expect(await problem({ file: 'link.csv' })).toContain('leads out of its folder')
    expect(await problem({ file: 'link.parquet' })).toContain('leads out of its folder')
  })

  it('may be Parquet: numbers, days and whole numbers as keys arrive as what they are', async () => {
    await writeParquet(
      join(hub.folder, "data/l'income.parquet"),
      `SELECT 1004 AS CODGEO, 'Ambérieu' AS "LIB ""GEO""", 21500.5::DECIMAL(9, 1) AS MED21, DATE '2021-12-31' AS "on"
       UNION ALL SELECT 75056, 'Paris', 28790, NULL`,
    )
    await hub.people(['01004', '75056'])
    const parquet = anEnrichment({
      file: "data/l'income.parquet",
      traits: {
        median_income: { from: 'MED21' },
        commune_name: { from: 'LIB "GEO"' },
        counted_on: { from: 'on' },
      },
    })
    expect(await hub.read([parquet])).toEqual({ read: 1, unchanged: 0, failed: [] })
    expect(values(await hub.derivedOf('p1@example.com'))).toEqual({
      median_income: 21_500.5,
      commune_name: 'Ambérieu',
      counted_on: '2021-12-31',
      is_wealthy: false,
    })
    expect(values(await hub.derivedOf('p2@example.com'))).toEqual({
      median_income: 28_790,
      commune_name: 'Paris',
      is_wealthy: true,
    })
  })

  it('that is called Parquet and is none is told', async () => {
    hub.put('data/income.parquet', incomeCsv)
    expect(await problem({ file: 'data/income.parquet' })).toContain('is no Parquet file')
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { noteTouched } from '../../../hub-server/warehouse/segment/note-touched.ts'
import { aPerson, aPurchase, bought, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const hour = 3_600_000

describe('the DuckDB segment store', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  const store = () => createSegmentStore(duckdb, schema)
  const evaluate = (rules: Record<string, Rule>, at = asOf) =>
    store().evaluate(new Map(Object.entries(rules)), at)
  const stored = () =>
    duckdb.all<{ segment: string; id: number; entered: number; exited: number | null }>(
      `SELECT segment, profile_id::INTEGER AS id, epoch_ms(entered_at)::DOUBLE AS entered, epoch_ms(exited_at)::DOUBLE AS exited
       FROM membership ORDER BY ALL`,
    )
  const temporaryTables = async () =>
    (await duckdb.all(`SELECT table_name FROM duckdb_tables() WHERE temporary`)).length

  it('lets people enter, stay and exit at the moment of evaluation, and reports how many', async () => {
    const french = aPerson({ traits: { country: 'FR' } })
    const german = aPerson({ traits: { country: 'DE' } })
    await storePeople(duckdb, schema, [french, french, german])
    expect(await evaluate({ french: inCountry('FR') })).toEqual([
      { segment: 'french', members: 2, entered: 2, exited: 0 },
    ])
    await storePeople(duckdb, schema, [french, german, french])
    const later = asOf + hour
    expect(await evaluate({ french: inCountry('FR') }, later)).toEqual([
      { segment: 'french', members: 2, entered: 1, exited: 1 },
    ])
    expect(await stored()).toEqual([
      { segment: 'french', id: 1, entered: asOf, exited: null },
      { segment: 'french', id: 2, entered: asOf, exited: later },
      { segment: 'french', id: 3, entered: later, exited: null },
    ])
  })

  it('writes nothing when nothing changed', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } })])
    await evaluate({ french: inCountry('FR') })
    const before = await stored()
    expect(await evaluate({ french: inCountry('FR') }, asOf + hour)).toEqual([
      { segment: 'french', members: 1, entered: 0, exited: 0 },
    ])
    expect(await stored()).toEqual(before)
  })

  it('keeps the history of somebody who comes back', async () => {
    const rules = { french: inCountry('FR') }
    for (const [step, country] of ['FR', 'DE', 'FR'].entries()) {
      await storePeople(duckdb, schema, [aPerson({ traits: { country } })])
      await evaluate(rules, asOf + step * hour)
    }
    expect(await stored()).toEqual([
      { segment: 'french', id: 1, entered: asOf, exited: asOf + hour },
      { segment: 'french', id: 1, entered: asOf + 2 * hour, exited: null },
    ])
    expect(await store().membershipSince('p_1', 'french')).toBe(asOf + 2 * hour)
    expect(await store().membershipSince('p_2', 'french')).toBeUndefined()
  })

  it('lets people exit whose profile is gone, as after a merge', async () => {
    await storePeople(duckdb, schema, [aPerson(), aPerson()])
    await evaluate({ everybody: { all: [] } })
    await storePeople(duckdb, schema, [aPerson()])
    expect(await evaluate({ everybody: { all: [] } }, asOf + hour)).toEqual([
      { segment: 'everybody', members: 1, entered: 0, exited: 1 },
    ])
  })

  it('lets people exit when a window slides away from their last event', async () => {
    await storePeople(duckdb, schema, [aPerson({ events: [aPurchase()] })])
    const recent = { recent: { ...bought, window: { last: '24 hours' } } as Rule }
    expect((await evaluate(recent, asOf - 1))[0]?.members).toBe(1)
    expect((await evaluate(recent, asOf))[0]).toMatchObject({ members: 0, exited: 1 })
  })

  it('never ends a membership before it began, when the past is evaluated', async () => {
    await storePeople(duckdb, schema, [aPerson({ events: [aPurchase()] })])
    await evaluate({ bought })
    await evaluate({ bought }, asOf - 1000 * hour)
    expect(await stored()).toEqual([{ segment: 'bought', id: 1, entered: asOf, exited: asOf }])
  })

  it('leaves segments alone that it is not asked for', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } })])
    await evaluate({ french: inCountry('FR') })
    await evaluate({ german: inCountry('DE') })
    expect(await store().sizes()).toEqual(
      new Map([
        ['french', 1],
        ['german', 0],
      ]),
    )
  })

  it('uses what it has just found for segments that stand on others, in whatever order they are given', async () => {
    await storePeople(duckdb, schema, [
      aPerson({ traits: { country: 'FR' }, events: [aPurchase()] }),
      aPerson({ traits: { country: 'FR' } }),
      aPerson(),
    ])
    const reports = await evaluate({
      top: { all: [{ not: { segment: 'buyers' } }, { segment: 'french' }] },
      buyers: { all: [{ segment: 'french' }, bought] },
      french: inCountry('FR'),
    })
    expect(Object.fromEntries(reports.map(({ segment, members }) => [segment, members]))).toEqual({
      french: 2,
      buyers: 1,
      top: 1,
    })
  })

  it('refuses a circle and names it, and an unknown segment, before anything is written', async () => {
    await storePeople(duckdb, schema, [aPerson()])
    await expect(
      evaluate({
        a: { segment: 'b' },
        b: { not: { segment: 'c' } },
        c: { segment: 'a' },
        everybody: { all: [] },
      }),
    ).rejects.toMatchObject({ code: 'segment.cycle', params: { cycle: 'a → b → c → a' } })
    await expect(evaluate({ a: { segment: 'gone' } })).rejects.toMatchObject({ code: 'segment.unknown_name' })
    expect(await stored()).toEqual([])
  })

  it('writes all or nothing: a failure in the middle leaves memberships and tables as they were', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } })])
    await evaluate({ french: inCountry('FR') })
    const before = await stored()
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'DE' } })])
    const failing: DuckDb = {
      ...duckdb,
      run: (sql, params) =>
        sql.includes('INSERT INTO membership')
          ? Promise.reject(new Error('disk full'))
          : duckdb.run(sql, params),
    }
    const rules = new Map([
      ['french', inCountry('FR')],
      ['german', inCountry('DE')],
    ])
    await expect(createSegmentStore(failing, schema).evaluate(rules, asOf + hour)).rejects.toThrow(
      'disk full',
    )
    expect(await stored()).toEqual(before)
    expect(await temporaryTables()).toBe(0)
    expect((await store().evaluate(rules, asOf + hour)).map(({ members }) => members)).toEqual([0, 1])
  })

  it('keeps no copy of memberships after a live evaluation that could not be committed', async () => {
    const rules = new Map([['french', inCountry('FR')]])
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } })])
    const live = (by: DuckDb, at: number) =>
      createSegmentStore(by, schema).evaluateTouched(rules, at, { isLive: true })
    const touch = () => noteTouched(duckdb, 'SELECT 1::BIGINT AS profile_id')
    await live(duckdb, asOf)
    await touch()
    await live(duckdb, asOf + hour)
    expect(await temporaryTables()).toBe(2)
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'DE' } })])
    await touch()
    const failing: DuckDb = {
      ...duckdb,
      transaction: (work, signal) =>
        duckdb.transaction(async () => {
          await work()
          throw new Error('disk full')
        }, signal),
    }
    await expect(live(failing, asOf + 2 * hour)).rejects.toThrow('disk full')
    expect(await temporaryTables()).toBe(0)
    const { reports } = await live(duckdb, asOf + 3 * hour)
    expect(reports).toEqual([{ segment: 'french', members: 0, entered: 0, exited: 1 }])
  })

  it('does not see identifiers of deleted source records', async () => {
    await storePeople(duckdb, schema, [aPerson({ identifiers: { email: ['ada@example.com'] } })])
    const known: Rule = { identifier: 'email', op: 'exists' }
    expect((await evaluate({ known }))[0]?.members).toBe(1)
    await duckdb.run('UPDATE record_trait SET deleted = true')
    expect((await evaluate({ known }))[0]?.members).toBe(0)
  })

  it('has an answer for no segments and for nobody', async () => {
    expect(await evaluate({})).toEqual([])
    expect(await evaluate({ everybody: { all: [] } })).toEqual([
      { segment: 'everybody', members: 0, entered: 0, exited: 0 },
    ])
    expect(await store().sizes()).toEqual(new Map([['everybody', 0]]))
  })
})

import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Rule } from '../../../core/segment/rule.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { noteErased, noteTouched } from '../../../hub-server/warehouse/segment/note-touched.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { aPerson, inCountry } from './a-person.ts'
import { worldAsOf, worldSchema } from './random-world.ts'
import { storePeople } from './store-people.ts'

const hour = 3_600_000
const asOf = worldAsOf
const unknownTrait: Rule = { trait: 'nowhere', op: 'exists' }

/** Legal, and heavy: everybody's purchases are joined with each other five times over. */
const heavy: Rule = {
  event: 'purchase',
  measure: 'count',
  op: 'at_least',
  value: 1,
  followed_by: Array.from({ length: 5 }, () => ({ event: 'purchase', within: '90 days' })),
}

describe('a segment that cannot be evaluated', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb?.close()
    duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
    await prepareTables(duckdb, worldSchema)
    await storePeople(duckdb, worldSchema, [aPerson({ traits: { country: 'FR' } })])
  })
  afterAll(() => duckdb.close())

  const store = (segmentLimitMs = 60_000) => createSegmentStore(duckdb, worldSchema, { segmentLimitMs })

  it('keeps its members and says why; those that refer to it fail with it, and all others are evaluated', async () => {
    const good = new Map<string, Rule>([
      ['asked', inCountry('FR')],
      ['above', { not: { segment: 'asked' } }],
      ['french', inCountry('FR')],
    ])
    await store().evaluate(good, asOf)
    const rules = new Map([...good, ['asked', unknownTrait]])
    const reports = await store().evaluateTouched(rules, asOf + hour)
    const failures = Object.fromEntries(
      reports.reports.map(({ segment, failure }) => [segment, failure?.code]),
    )
    expect(failures).toEqual({
      asked: 'segment.unknown_name',
      above: 'segment.rests_on_failed',
      french: undefined,
    })
    const states = await store().states(rules)
    expect(states.get('asked')).toMatchObject({
      standing: 'failed',
      members: 1,
      evaluatedAt: asOf,
      failure: { since: asOf + hour },
    })
    expect(states.get('above')).toMatchObject({ standing: 'failed', failure: { params: { name: 'asked' } } })
    expect(states.get('french')).toMatchObject({ standing: 'current', evaluatedAt: asOf + hour })
    await store().evaluateTouched(good, asOf + 2 * hour)
    expect([...(await store().states(good)).values()].map(({ standing }) => standing)).toEqual(
      Array(3).fill('current'),
    )
  })

  it('is cancelled at its limit and harms no other, and is left alone for an hour', async () => {
    await duckdb.run(
      `INSERT INTO event (message_id, record_id, profile_id, name, time, received_at, source_record_id)
       SELECT 'm' || i, 1, 1, 'purchase', TIMESTAMP '2024-01-01' + to_seconds(i), TIMESTAMP '2024-01-01', 1 FROM range(12000) t(i)`,
    )
    const rules = new Map<string, Rule>([
      ['french', inCountry('FR')],
      ['heavy', heavy],
    ])
    const planned = duckdb.dryRun(() => store(300).evaluateTouched(rules, asOf))
    await expect(planned, 'a dry run has the same limit').rejects.toMatchObject({ code: 'segment.too_slow' })
    const limited = store(2500)
    const first = await limited.evaluateTouched(rules, asOf)
    const found = first.reports.map(({ segment, members, failure }) => [segment, members, failure?.code])
    expect(found).toEqual([
      ['french', 1, undefined],
      ['heavy', 0, 'segment.too_slow'],
    ])
    await storePeople(duckdb, worldSchema, [aPerson({ traits: { country: 'DE' } })])
    await noteTouched(duckdb, 'SELECT 1::BIGINT AS profile_id')
    const second = await limited.evaluateTouched(rules, asOf + 1000)
    expect(second.reports.map(({ segment, failure }) => [segment, failure?.since])).toEqual([
      ['french', undefined],
      ['heavy', asOf],
    ])
    expect(
      (await limited.evaluateTouched(rules, asOf + 2 * hour)).reports.every(({ failure }) => !failure),
    ).toBe(true)
    expect((await limited.states(rules)).get('heavy')?.standing).toBe('current')
  })

  it('stands as outdated while its rule is another one, and as never evaluated before the first time', async () => {
    await store().evaluate(new Map([['french', inCountry('FR')]]), asOf)
    const states = await store().states(
      new Map([
        ['french', inCountry('DE')],
        ['new', inCountry('FR')],
      ]),
    )
    expect([...states].map(([name, { standing, members }]) => [name, standing, members])).toEqual([
      ['french', 'outdated', 1],
      ['new', 'never', 0],
    ])
  })

  it('counts its members again after somebody was erased', async () => {
    const rules = new Map([['french', inCountry('FR')]])
    await store().evaluateTouched(rules, asOf)
    await duckdb.run(`DELETE FROM membership`)
    await duckdb.run(`DELETE FROM profile`)
    await noteErased(duckdb)
    const { reports } = await store().evaluateTouched(rules, asOf + 1)
    expect(reports).toEqual([{ segment: 'french', members: 0, entered: 0, exited: 0 }])
  })
})

describe('what moved a person', () => {
  it('is told by each membership: the rule, their data, or time alone', async () => {
    const duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
    await prepareTables(duckdb, worldSchema)
    const store = createSegmentStore(duckdb, worldSchema)
    const recent: Rule = { trait: 'signup', op: 'within_last', value: '7 days' }
    const rules = new Map([
      ['french', inCountry('FR')],
      ['recent', recent],
    ])
    const people = (country: string) => [aPerson({ traits: { country, signup: BigInt(asOf) * 1000n } })]
    await storePeople(duckdb, worldSchema, people('FR'))
    await store.evaluateTouched(rules, asOf)
    const due = asOf + 7 * 24 * hour
    expect(await store.nextChangeAt()).toBe(due)
    await storePeople(duckdb, worldSchema, people('DE'))
    await noteTouched(duckdb, 'SELECT 1::BIGINT AS profile_id')
    await store.evaluateTouched(rules, asOf + hour)
    const { moves, scope } = await store.evaluateTouched(rules, due)
    expect({ moves, scope }).toEqual({
      scope: 'touched',
      moves: [{ segment: 'recent', profileId: 'p_1', direction: 'exited' }],
    })
    expect(await store.nextChangeAt()).toBeUndefined()
    expect(
      await duckdb.all(`SELECT segment, entered_by, exited_by FROM membership ORDER BY segment`),
    ).toEqual([
      { segment: 'french', entered_by: 'rule', exited_by: 'data' },
      { segment: 'recent', entered_by: 'rule', exited_by: 'time' },
    ])
    duckdb.close()
  })
})

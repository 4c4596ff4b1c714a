import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import { aMapping, aProfileStore, aRecord } from './a-profile-store.ts'

const day = (n: number) => Date.UTC(2026, 0, n)
const undated = (n: number): SourceRecord => aRecord('1', { n }, { versionAt: null })

const badRow = (raw: string) => ({
  stream: { connection: 'shop', stream: 'contacts' },
  runId: 'run_1',
  receivedAt: day(1),
  records: [],
  quarantined: [{ place: 'row 3 of a page', reason: { code: 'bad', message: 'bad' }, raw }],
})

describe('profile store: writePage', () => {
  it('counts what changed, and writing a page twice changes nothing', async () => {
    const { store, duckdb, write } = await aProfileStore()
    const page = [aRecord('1', { email: 'a@example.com' }), aRecord('2', { email: 'b@example.com' })]
    expect(await write(page)).toEqual({ written: 2, unchanged: 0 })
    const before = await duckdb.all(`SELECT * FROM source_record ORDER BY ALL`)
    expect(await write(page, { runId: 'run_2' })).toEqual({ written: 0, unchanged: 2 })
    expect(await duckdb.all(`SELECT * FROM source_record ORDER BY ALL`)).toEqual(before)
    expect(await write([aRecord('2', { email: 'c@example.com' }, { versionAt: day(2) })])).toEqual({
      written: 1,
      unchanged: 0,
    })
    expect(await store.counts()).toMatchObject({ sourceRecords: 2 })
  })

  it('keeps the record id when a record changes', async () => {
    const { duckdb, write } = await aProfileStore()
    await write([aRecord('1', { a: 1 }), aRecord('2', { a: 1 })])
    await write([aRecord('1', { a: 2 }, { versionAt: day(2) })])
    const rows = await duckdb.all(
      `SELECT record_id, external_id, fields FROM source_record ORDER BY record_id`,
    )
    expect(rows).toEqual([
      { record_id: 1n, external_id: '1', fields: '{"a":2}' },
      { record_id: 2n, external_id: '2', fields: '{"a":1}' },
    ])
  })

  it('never lets an older version overwrite a newer one, in any order of arrival', async () => {
    const versions = [1, 2, 3].map((n) => aRecord('1', { n }, { versionAt: day(n), deleted: n === 2 }))
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]
    for (const order of orders) {
      const { duckdb, write } = await aProfileStore()
      for (const index of order) await write(versions.slice(index, index + 1))
      expect(await duckdb.one(`SELECT fields, deleted FROM source_record`)).toEqual({
        fields: '{"n":3}',
        deleted: false,
      })
      const together = await aProfileStore()
      await together.write(order.flatMap((index) => versions.slice(index, index + 1)))
      expect(await together.duckdb.one(`SELECT fields FROM source_record`)).toEqual({ fields: '{"n":3}' })
    }
  })

  it('takes the later arrival where the platform does not date versions', async () => {
    const { duckdb, clock, write } = await aProfileStore()
    await write([undated(1)])
    clock.advance(1000)
    expect(await write([undated(2)])).toEqual({ written: 1, unchanged: 0 })
    expect(await write([undated(2)])).toEqual({ written: 0, unchanged: 1 })
    expect(await duckdb.one(`SELECT fields FROM source_record`)).toEqual({ fields: '{"n":2}' })
  })

  it('keeps the streams of one connection and the ids of two streams apart', async () => {
    const { store, write } = await aProfileStore()
    await write([aRecord('1', { a: 1 })], { stream: 'contacts' })
    await write([aRecord('1', { a: 1 })], { stream: 'orders' })
    await write([aRecord('1', { a: 1 })], { connection: 'crm' })
    expect(await store.counts()).toMatchObject({ sourceRecords: 3 })
  })

  it('marks as deleted what a complete read did not see, and revives what comes back', async () => {
    const { store, write, refresh } = await aProfileStore()
    const [one, two, three] = ['1', '2', '3'].map((id) => aRecord(id, { email: `${id}@example.com` }))
    if (!one || !two || !three) throw new Error('no records')
    await write([one, two, three], { runId: 'run_1' })
    await write([aRecord('1', { email: 'x@example.com' })], { runId: 'run_1', stream: 'other' })
    expect(await store.markAbsent({ connection: 'shop', stream: 'contacts' }, 'run_1')).toBe(0)
    await refresh()
    await write([one], { runId: 'run_2' })
    await write([aRecord('2', { email: '2@example.com', points: 1 }, { versionAt: day(2) })], {
      runId: 'run_2',
    })
    expect(await store.markAbsent({ connection: 'shop', stream: 'contacts' }, 'run_2')).toBe(1)
    expect(await refresh()).toMatchObject({ profilesRemoved: 1 })
    expect(await store.counts()).toMatchObject({ profiles: 2, sourceRecords: 3 })
    expect(await write([three], { runId: 'run_3' })).toEqual({ written: 1, unchanged: 0 })
    expect(await refresh()).toMatchObject({ profilesCreated: 1 })
    expect((await store.findProfile('3@example.com'))?.profileId).toBe('p_3')
  })

  it('keeps bad rows of several pages that stand at the same place of their page', async () => {
    const { store, duckdb } = await aProfileStore()
    for (const raw of ['one', 'two', 'one']) await store.writePage(badRow(raw))
    expect(await duckdb.all(`SELECT raw FROM quarantine ORDER BY raw`)).toEqual([
      { raw: 'one' },
      { raw: 'two' },
    ])
  })

  it('writes nothing of a page that cannot be written whole', async () => {
    const { store, duckdb, write } = await aProfileStore()
    await duckdb.run(`ALTER TABLE quarantine RENAME TO quarantine_away`)
    const page = {
      stream: { connection: 'shop', stream: 'contacts' },
      runId: 'run_1',
      receivedAt: day(1),
      records: [aRecord('1', {})],
      quarantined: [{ place: 'line 2', reason: { code: 'bad', message: 'bad' }, raw: 'x' }],
    }
    await expect(store.writePage(page)).rejects.toThrow(/quarantine/)
    expect(await store.counts()).toMatchObject({ sourceRecords: 0 })
    await duckdb.run(`ALTER TABLE quarantine_away RENAME TO quarantine`)
    await store.writePage(page)
    await store.writePage(page)
    expect(await duckdb.all(`SELECT place, code, raw FROM quarantine`)).toEqual([
      { place: 'line 2', code: 'bad', raw: 'x' },
    ])
    expect(await write([])).toEqual({ written: 0, unchanged: 0 })
  })
})

const nested = (levels: number) => {
  let value: SourceRecord['fields'][string] = 'deep'
  for (let level = 0; level < levels; level += 1) value = { a: value }
  return value
}
const fine = (id: string) => aRecord(id, { email: `fine${id}@example.com` })

describe('profile store: hostile records', () => {
  it.each([
    ['a field nested 500 levels deep', aRecord('x', { email: 'x@example.com', deep: nested(500) }), 'stored'],
    ['a field nested 100,000 levels deep', aRecord('x', { deep: nested(100_000) }), 'quarantined'],
    ['a field of 2 MB', aRecord('x', { email: 'x@example.com', long: 'x'.repeat(2_000_000) }), 'quarantined'],
    ['NUL bytes', aRecord('x', { email: 'x@example.com', first_name: 'a\u0000b' }), 'stored'],
    ['a NUL byte in the id', aRecord('x\u0000', {}), 'quarantined'],
    ['a lone surrogate', aRecord('x', { email: 'x@example.com', first_name: '\ud83d' }), 'stored'],
    ['a lone surrogate in the id', aRecord('\udc00', {}), 'quarantined'],
    [
      'separators of columns',
      aRecord('x', { email: 'x@example.com', first_name: 'a\u001fb\u001ec' }),
      'stored',
    ],
    [
      'a __proto__ key',
      aRecord('x', JSON.parse('{"email":"x@example.com","__proto__":{"first_name":"bad"}}')),
      'stored',
    ],
    [
      'SQL in values',
      aRecord(`x'); DROP TABLE profile; --`, {
        email: 'x@example.com',
        first_name: `'; DROP TABLE profile; --`,
      }),
      'stored',
    ],
  ])('%s does no harm to its neighbours (%3$s)', async (_, record, fate) => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    const { written } = await write([fine('1'), record, fine('2')])
    const refused = await duckdb.one(`SELECT count(*) AS n FROM quarantine`)
    expect({ written, ...refused }).toEqual(fate === 'stored' ? { written: 3, n: 0n } : { written: 2, n: 1n })
    await refresh()
    for (const id of ['1', '2']) expect(await store.findProfile(`fine${id}@example.com`)).toBeDefined()
    expect((await store.findProfile('x@example.com')) !== undefined).toBe(fate === 'stored')
  })

  it('keeps an id with separators of rows, of cells and of their stand-ins apart from others', async () => {
    const { duckdb, write } = await aProfileStore()
    const ids = ['a\u001eb', 'a\u001fb', 'a\u001a1b', 'a\u001a01b', 'ab', 'a\u001ab']
    await write(ids.map((id) => aRecord(id, {})))
    expect(await write(ids.map((id) => aRecord(id, {})))).toEqual({ written: 0, unchanged: 6 })
    const stored = await duckdb.all<{ external_id: string }>(
      `SELECT external_id FROM source_record ORDER BY record_id`,
    )
    expect(stored.map((row) => row.external_id)).toEqual(ids)
  })

  it('refuses texts that no store can hold, and keeps the others of the record', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([
      aRecord('1', { email: 'x@example.com', first_name: 'a\u0000b', country: '\ud83d', points: 1 }),
    ])
    expect((await refresh()).invalid).toEqual({
      'contacts first_name unreadable_text': 1,
      'contacts country unreadable_text': 1,
    })
    expect(Object.keys((await store.findProfile('x@example.com'))?.traits ?? {})).toEqual(['points'])
  })

  it('finds nobody, and breaks nothing, for a hostile question', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([fine('1')])
    await refresh()
    for (const person of [
      '',
      `' OR 1=1 --`,
      'p_99999999999999999999',
      'p_x',
      '\u0000',
      '\ud800',
      'x'.repeat(1_000_000),
    ]) {
      expect(await store.findProfile(person)).toBeUndefined()
    }
  })

  it('leaves the engine hardened: no files, no settings', async () => {
    const { duckdb, write, refresh } = await aProfileStore()
    await write([fine('1')])
    await refresh([aMapping()])
    await expect(duckdb.all(`SELECT * FROM read_csv('/etc/passwd')`)).rejects.toThrow(
      /disabled by configuration/,
    )
    await expect(duckdb.run(`SET enable_external_access = true`)).rejects.toThrow(/locked|Cannot/)
  })
})

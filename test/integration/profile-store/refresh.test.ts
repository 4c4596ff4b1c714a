import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aMapping, aProfileStore, aRecord, aSchema } from './a-profile-store.ts'

describe('profile store: refresh', () => {
  it('makes one person of two records that share a phone but not an e-mail', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([
      aRecord('1', { email: 'ada@example.com', phone: '06 12 34 56 78' }),
      aRecord('2', { email: 'ada@work.example.com', phone: '+33612345678' }),
      aRecord('3', { email: 'bob@example.com' }),
    ])
    const report = await refresh()
    expect(report).toMatchObject({ normalised: 3, profilesCreated: 2, invalid: {} })
    const ada = await store.findProfile(' Ada@Work.Example.COM ')
    expect(ada?.profileId).toBe('p_1')
    expect(ada?.identifiers.map(({ kind, value }) => [kind, value])).toEqual([
      ['email', 'ada@example.com'],
      ['phone', '+33612345678'],
      ['email', 'ada@work.example.com'],
    ])
    expect(ada?.sourceRecords.map(({ externalId }) => externalId)).toEqual(['1', '2'])
  })

  it('gives every trait from the most trusted source, then the most recent version, and never a null over a value', async () => {
    const { store, write, refresh } = await aProfileStore()
    const day = Date.UTC(2026, 0, 1)
    await write([
      aRecord(
        '1',
        { email: 'a@example.com', first_name: 'Old', points: 1, country: 'FR' },
        { versionAt: day },
      ),
      aRecord('2', { email: 'a@example.com', first_name: 'New', points: 2 }, { versionAt: day + 1 }),
    ])
    await write(
      [aRecord('9', { email: 'a@example.com', first_name: 'Crm', points: null }, { versionAt: 0 })],
      {
        connection: 'crm',
        runId: 'run_crm',
      },
    )
    await refresh([aMapping(), aMapping({ name: 'crm', connection: 'crm' })])
    const profile = await store.findProfile('a@example.com')
    expect(profile?.traits['first_name']).toEqual({
      value: 'Crm',
      connection: 'crm',
      stream: 'contacts',
      externalId: '9',
      versionAt: 0,
      runId: 'run_crm',
    })
    expect(profile?.traits['points']).toMatchObject({ value: 2, connection: 'shop', externalId: '2' })
    expect(profile?.traits['country']).toMatchObject({ value: 'FR', externalId: '1' })
    expect(profile?.traits['vip']).toBeUndefined()
  })

  it('keeps a denied consent whatever another source tells later', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([
      aRecord('1', { email: 'a@example.com', newsletter: 'no' }, { versionAt: 1 }),
      aRecord('2', { email: 'a@example.com', newsletter: 'yes' }, { versionAt: 2 }),
    ])
    await refresh()
    const profile = await store.findProfile('a@example.com')
    expect(profile?.consents).toMatchObject([
      { purpose: 'marketing', channel: 'email', status: 'denied', source: 'shop/contacts' },
    ])
  })

  it('types every trait, and counts what it cannot use without losing the rest of the record', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    await write([
      aRecord('1', {
        email: 'not an address',
        phone: '123',
        customer_id: 7,
        first_name: 'Ada',
        points: '12.5',
        vip: true,
        born: '1815-12-10',
        seen_at: '2026-01-31T10:00:00+01:00',
        tags: ['a', 'b'],
        country: 5,
      }),
    ])
    const report = await refresh()
    expect(report.invalid).toEqual({ 'contacts email invalid_email': 1, 'contacts phone invalid_phone': 1 })
    const profile = await store.findProfile('7')
    expect(
      Object.fromEntries(Object.entries(profile?.traits ?? {}).map(([name, { value }]) => [name, value])),
    ).toEqual({
      first_name: 'Ada',
      points: 12.5,
      vip: true,
      born: '1815-12-10',
      seen_at: '2026-01-31T09:00:00.000Z',
      tags: ['a', 'b'],
      country: '5',
    })
    const row = await duckdb.one(`SELECT typeof(trait_born) AS born, typeof(trait_tags) AS tags FROM profile`)
    expect(row).toEqual({ born: 'DATE', tags: 'VARCHAR[]' })
  })

  it('splits a person when a record changes the e-mail that held them together, and keeps both ids stable', async () => {
    const { store, write, refresh, partition } = await aProfileStore()
    await write([
      aRecord('1', { email: 'shared@example.com', first_name: 'Ada' }),
      aRecord('2', { email: 'shared@example.com', first_name: 'Bob' }),
    ])
    await refresh()
    expect(await partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_1' })
    await write([
      aRecord('2', { email: 'bob@example.com', first_name: 'Bob' }, { versionAt: Date.UTC(2026, 0, 2) }),
    ])
    const report = await refresh()
    expect(report).toMatchObject({ normalised: 1, profilesCreated: 1 })
    expect(await partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2' })
    expect((await store.findProfile('shared@example.com'))?.traits['first_name']?.value).toBe('Ada')
    expect((await store.findProfile('bob@example.com'))?.traits['first_name']?.value).toBe('Bob')
    expect(await store.findProfile('p_2')).toMatchObject({
      profileId: 'p_2',
      identifiers: [{ value: 'bob@example.com' }],
    })
  })

  it('lets a former profile id lead to the person it was merged into', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([aRecord('1', { email: 'a@example.com' }), aRecord('2', { phone: '0612345678' })])
    await refresh()
    expect((await store.findProfile('p_2'))?.profileId).toBe('p_2')
    await write([aRecord('3', { email: 'a@example.com', phone: '0612345678' })])
    expect(await refresh()).toMatchObject({ profilesRemoved: 1 })
    expect((await store.findProfile('p_2'))?.profileId).toBe('p_1')
    expect(await store.counts()).toEqual({ profiles: 1, events: 0, sourceRecords: 3 })
  })

  it('normalises nothing when nothing changed, and everything when the mapping or the profile schema did', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([aRecord('1', { email: 'a@example.com', nickname: 'Ada', first_name: 'Augusta' })])
    await refresh()
    expect(await refresh()).toMatchObject({ normalised: 0, profilesUpdated: 0 })
    const nickname = aMapping({ traits: { first_name: { from: 'nickname' } } })
    expect(await refresh([nickname])).toMatchObject({ normalised: 1, profilesUpdated: 1 })
    expect((await store.findProfile('a@example.com'))?.traits['first_name']?.value).toBe('Ada')
    await store.prepare(aSchema({ traits: { first_name: { type: 'list' } } }))
    expect(await refresh([nickname])).toMatchObject({ normalised: 1, profilesUpdated: 1 })
    expect((await store.findProfile('a@example.com'))?.traits['first_name']?.value).toEqual(['Ada'])
  })

  it('leaves a profile alone whose values come out the same', async () => {
    const { duckdb, clock, write, refresh } = await aProfileStore()
    await write([aRecord('1', { email: 'a@example.com', first_name: 'Ada', unmapped: 1 })])
    await refresh()
    clock.advance(1000)
    await write([
      aRecord(
        '1',
        { email: 'a@example.com', first_name: 'Ada', unmapped: 2 },
        { versionAt: Date.UTC(2026, 0, 2) },
      ),
    ])
    expect(await refresh()).toMatchObject({ normalised: 1, profilesUpdated: 0, profilesCreated: 0 })
    expect(await duckdb.one(`SELECT created_at = updated_at AS same FROM profile`)).toEqual({ same: true })
  })

  it("drops a person without living records, and keeps a deleted record's identifiers as a bridge between others", async () => {
    const { store, write, refresh, partition } = await aProfileStore()
    const later = { versionAt: Date.UTC(2026, 0, 2), deleted: true }
    await write([
      aRecord('1', { email: 'a@example.com', first_name: 'Ada' }),
      aRecord('2', { email: 'a@example.com', phone: '0612345678', first_name: 'Bridge' }),
      aRecord('3', { phone: '0612345678' }),
      aRecord('4', { email: 'gone@example.com', newsletter: 'yes' }),
    ])
    await refresh()
    await write([aRecord('2', {}, later), aRecord('4', {}, later)])
    expect(await refresh()).toMatchObject({ profilesRemoved: 1, profilesUpdated: 0 })
    expect(await partition()).toEqual({ 'shop/1': 'p_1', 'shop/3': 'p_1' })
    expect(await store.findProfile('gone@example.com')).toBeUndefined()
    expect((await store.findProfile('p_1'))?.sourceRecords).toContainEqual({
      connection: 'shop',
      stream: 'contacts',
      externalId: '2',
      deleted: true,
    })
  })

  it('counts a denial even when its record is deleted, and a grant only while its record lives', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    const later = { versionAt: Date.UTC(2026, 0, 2), deleted: true }
    await write([
      aRecord('1', { email: 'no@example.com', newsletter: 'yes' }),
      aRecord('2', { email: 'no@example.com', newsletter: 'no' }),
      aRecord('3', { email: 'yes@example.com' }),
      aRecord('4', { email: 'yes@example.com', newsletter: 'yes' }),
    ])
    await refresh()
    await write([aRecord('2', {}, later), aRecord('4', {}, later)])
    await refresh()
    expect(await duckdb.all(`SELECT consent_marketing__email AS c FROM profile ORDER BY profile_id`)).toEqual(
      [{ c: 'denied' }, { c: null }],
    )
    expect((await store.findProfile('no@example.com'))?.consents).toMatchObject([
      { status: 'denied', source: 'shop/contacts' },
    ])
    expect((await store.findProfile('yes@example.com'))?.consents).toEqual([])
  })

  it('follows merges on the platform: former records go, their identifiers lead to the survivor', async () => {
    const { store, write, refresh, partition } = await aProfileStore()
    await write([
      aRecord('1', { email: 'old@example.com', first_name: 'Old' }),
      aRecord('2', { email: 'other@example.com', first_name: 'Other' }),
    ])
    await write([aRecord('7', { email: 'old@example.com', first_name: 'Elsewhere' })], { connection: 'crm' })
    const mappings = [aMapping(), aMapping({ name: 'crm', connection: 'crm' })]
    await refresh(mappings)
    const survivor = aRecord(
      '3',
      { email: 'new@example.com', first_name: 'New' },
      {
        versionAt: Date.UTC(2026, 0, 3),
        mergedIds: ['1', '2'],
      },
    )
    expect(await write([survivor])).toEqual({ written: 1, unchanged: 0 })
    expect(await write([survivor])).toEqual({ written: 0, unchanged: 1 })
    await refresh(mappings)
    expect(await partition()).toEqual({ 'crm/7': 'p_1', 'shop/3': 'p_1' })
    expect((await store.findProfile('other@example.com'))?.traits['first_name']?.value).toBe('Elsewhere')
    // A late copy of an absorbed record must not bring it back, and the next version of the survivor keeps the link.
    await write([
      aRecord('1', { email: 'old@example.com', first_name: 'Late' }, { versionAt: Date.UTC(2026, 0, 2) }),
    ])
    await write([aRecord('3', { email: 'newer@example.com' }, { versionAt: Date.UTC(2026, 0, 4) })])
    await refresh(mappings)
    expect(await partition()).toEqual({ 'crm/7': 'p_1', 'shop/3': 'p_1' })
  })

  it('leaves the old state and the same work when it is interrupted', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    await write([aRecord('1', { email: 'a@example.com' })])
    await expect(store.refresh([aMapping()], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'run.aborted',
    })
    expect(await store.counts()).toMatchObject({ profiles: 0 })
    await duckdb.run(`ALTER TABLE profile RENAME TO profile_away`)
    await expect(refresh()).rejects.toThrow(/profile/)
    await duckdb.run(`ALTER TABLE profile_away RENAME TO profile`)
    expect(await duckdb.one(`SELECT count(*) AS n FROM record_trait`)).toEqual({ n: 0n })
    expect(await refresh()).toMatchObject({ normalised: 1, profilesCreated: 1 })
  })

  it('finds the same work, and the same ids, after the process was gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'affluent-profile-store-'))
    try {
      const path = join(folder, 'warehouse.duckdb')
      const before = await aProfileStore(aSchema({}), path)
      await before.write([aRecord('1', { email: 'a@example.com' })])
      await before.refresh()
      await before.write([aRecord('2', { email: 'b@example.com' })])
      before.duckdb.close()
      const after = await aProfileStore(aSchema({}), path)
      await after.write([aRecord('3', { email: 'a@example.com' })])
      expect(await after.refresh()).toMatchObject({ normalised: 2, profilesCreated: 1 })
      expect(await after.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2', 'shop/3': 'p_1' })
      after.duckdb.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('does the same in worker threads as on the spot', async () => {
    const { store, write } = await aProfileStore()
    const people = Array.from({ length: 1200 }, (_, n) =>
      aRecord(String(n), {
        email: `p${n % 1100}@example.com`,
        phone: n % 50 === 0 ? '12' : `06${10_000_000 + n}`,
        points: n,
      }),
    )
    await write(people)
    const progress: number[] = []
    const report = await store.refresh([aMapping()], { onProgress: (done) => progress.push(done) })
    expect(report).toMatchObject({
      normalised: 1200,
      profilesCreated: 1100,
      invalid: { 'contacts phone invalid_phone': 24 },
    })
    expect(progress.at(-1)).toBe(1200)
    expect((await store.findProfile('06 10 00 03 33'))?.traits['points']?.value).toBe(333)
  })

  it('joins a chain of thousands of records without walking it link by link', async () => {
    const { store, write, refresh } = await aProfileStore()
    const length = 3000
    await write(Array.from({ length }, (_, n) => aRecord(String(n), { customer_id: [`c${n}`, `c${n + 1}`] })))
    await refresh()
    expect(await store.counts()).toMatchObject({ profiles: 1 })
    expect((await store.findProfile(`c${length}`))?.profileId).toBe('p_1')
  })
})

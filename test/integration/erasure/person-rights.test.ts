import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toCsv } from '../../../core/person-request/csv.ts'
import { ada, aPerson, aRightsBench, idOf, runHub, writeRecords } from '../../support/a-rights-bench.ts'

const day = 86_400_000
const actor = 'cli:test'
const at = aRightsBench()

const traitOf = async (trait: string) => (await at.bench.profiles.findProfile(ada))?.traits[trait]

describe('export', () => {
  it('tells every value with its origin, every event, and who was sent what', async () => {
    const told = await at.bench.rights.exportPerson(await idOf(at, '+33 6 12 34 56 78'))
    const { tables = {} } = told ?? {}
    expect(tables['values']).toContainEqual(
      expect.objectContaining({
        trait: 'city',
        value: 'Paris',
        connection: 'crm',
        stream: 'people',
        external_id: '77',
      }),
    )
    const names = tables['identifiers']?.map(({ kind, value }) => JSON.stringify([kind, value]))
    expect([...new Set(names)]).toEqual([
      '["customer","customer-77"]',
      `["email","${ada}"]`,
      '["phone","+33612345678"]',
    ])
    expect(tables['segments']).toMatchObject([{ segment: 'subscribers', exited_at: null }])
    expect(tables['source_records']?.map((row) => row['external_id'])).toEqual(['o-1', 'o-2', '77'])
    expect(JSON.stringify(told)).not.toContain('grace')
    expect(await at.bench.rights.exportPerson('p_999')).toBeUndefined()
  })

  it('changes nothing that is stored', async () => {
    await at.bench.duckdb.checkpoint()
    const before = readFileSync(`${at.folder.path}/warehouse.duckdb`)
    await at.bench.rights.exportPerson(await idOf(at, ada))
    await at.bench.rights.scope(await idOf(at, ada), [])
    expect((await at.bench.profiles.counts()).profiles).toBe(2)
    await at.bench.duckdb.checkpoint()
    expect(readFileSync(`${at.folder.path}/warehouse.duckdb`).length).toBe(before.length)
  })

  it('writes CSV that no spreadsheet runs', () => {
    const rows = [['=1+1', '+33612345678', '-1 cmd', 'a "b", c\nd', null, 4, ['x']]]
    expect(toCsv(['a', 'b', 'c', 'd', 'e', 'f', 'g'], rows)).toBe(
      `a,b,c,d,e,f,g\r\n'=1+1,+33612345678,'-1 cmd,"a ""b"", c\nd",,4,"[""x""]"\r\n`,
    )
  })
})

describe('rectification', () => {
  it('outranks the sources at once and after they tell otherwise again', async () => {
    const profile = await idOf(at, ada)
    await at.bench.rights.rectify(profile, { trait: 'city', value: 'Lyon' }, { actor, at: at.clock.now() })
    expect(await traitOf('city')).toMatchObject({ value: 'Lyon', connection: 'rectified' })
    at.clock.advance(day)
    await writeRecords(at, 'people', [aPerson(at, '77', ada, { city: 'Marseille', points: 9 })])
    await runHub(at)
    expect(await traitOf('city')).toMatchObject({ value: 'Lyon' })
    expect(await traitOf('points')).toMatchObject({ value: 9, connection: 'crm' })
    const [row] = await at.bench.duckdb.all(`SELECT trait_city FROM profile WHERE identifier_email = $1`, [
      ada,
    ])
    expect(row).toEqual({ trait_city: 'Lyon' })
  })

  it('takes values of every type, an empty one too, and gives way when it is lifted', async () => {
    const profile = await idOf(at, ada)
    const typed = {
      points: '12.5',
      birthday: '1815-12-10',
      seen: '2026-01-01T10:00:00Z',
      tags: 'x; y',
      vip: 'true',
      city: '',
    }
    for (const [trait, value] of Object.entries(typed))
      await at.bench.rights.rectify(profile, { trait, value }, { actor, at: at.clock.now() })
    const [row] = await at.bench.duckdb.all(
      `SELECT trait_points, trait_birthday::VARCHAR AS birthday, trait_seen::VARCHAR AS seen, trait_tags::VARCHAR AS tags, trait_vip, trait_city
       FROM profile WHERE identifier_email = $1`,
      [ada],
    )
    expect(row).toEqual({
      trait_points: 12.5,
      birthday: '1815-12-10',
      seen: '2026-01-01 10:00:00',
      tags: '[x, y]',
      trait_vip: true,
      trait_city: null,
    })
    expect(await at.bench.rights.liftRectification(profile, 'city')).toBe(true)
    expect(await at.bench.rights.liftRectification(profile, 'city')).toBe(false)
    await runHub(at)
    expect(await traitOf('city')).toMatchObject({ value: 'Paris', connection: 'crm' })
    expect(await traitOf('points')).toMatchObject({ value: 12.5 })
  })

  it('refuses a trait that is none and a value of another type, without repeating it', async () => {
    const profile = await idOf(at, ada)
    const order = { actor, at: at.clock.now() }
    await expect(
      at.bench.rights.rectify(profile, { trait: 'town', value: 'x' }, order),
    ).rejects.toMatchObject({
      code: 'usage.wrong',
    })
    const refused = at.bench.rights.rectify(profile, { trait: 'points', value: 'secret-word' }, order)
    await expect(refused).rejects.toThrow(/usage\.wrong (?!.*secret-word)/)
  })
})

describe('restriction', () => {
  it('takes the person off segments and audiences, add-only ones too, keeps the data, and is lifted', async () => {
    const profile = await idOf(at, ada)
    expect(at.platform.members('Subscribers')).toEqual([ada, 'grace@example.com'])
    expect(await at.bench.rights.restrict(profile, { actor, at: at.clock.now() })).toBe(2)
    expect(await at.bench.rights.restrict(profile, { actor, at: at.clock.now() })).toBe(0)
    await runHub(at)
    expect(at.platform.members('Subscribers')).toEqual(['grace@example.com'])
    expect(await at.bench.segments.membershipSince(profile, 'subscribers')).toBeUndefined()
    expect((await at.bench.profiles.findProfile(ada))?.traits['city']).toMatchObject({ value: 'Paris' })
    at.clock.advance(day)
    await writeRecords(at, 'people', [aPerson(at, '77', ada, { city: 'Lille' })])
    await runHub(at)
    expect(at.platform.members('Subscribers'), 'another import changes nothing').toEqual([
      'grace@example.com',
    ])
    expect(await at.bench.rights.liftRestriction(profile)).toBe(2)
    await runHub(at)
    expect(at.platform.members('Subscribers')).toEqual([ada, 'grace@example.com'])
  })
})

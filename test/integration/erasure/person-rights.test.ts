import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { toCsv } from '../../../core/person-request/csv.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { searchBytes } from '../../support/search-bytes.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const day = 86_400_000
const actor = 'cli:test'
const ada = 'ada.lovelace@analytical.example'

let clock: FixedClock
let platform: LedgerPlatform
let workspace: Workspace
let bench: CycleBench
let folder: Awaited<ReturnType<typeof createWorkspaceFolder>>

const manifests = (url: string) => [
  {
    kind: 'profile_schema',
    version: 1,
    name: 'people',
    traits: {
      city: { type: 'text' },
      points: { type: 'number' },
      birthday: { type: 'date' },
      seen: { type: 'datetime' },
      tags: { type: 'list' },
      vip: { type: 'boolean' },
    },
    identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, customer: { form: 'exact' } },
    events: { order: { properties: { amount: 'number', coupon: 'text' } } },
    consents: { marketing: { channels: ['ads'] } },
    default_country: 'FR',
  },
  { kind: 'connection', version: 1, name: 'crm', connector: 'ledger', config: { url } },
  {
    kind: 'mapping',
    version: 1,
    name: 'people',
    connection: 'crm',
    stream: 'people',
    identifiers: { email: { from: 'email' }, phone: { from: 'phone' }, customer: { from: 'customer' } },
    traits: {
      city: { from: 'city' },
      points: { from: 'points' },
      birthday: { from: 'birthday' },
      tags: { from: 'tags' },
    },
    consents: [{ purpose: 'marketing', channel: 'ads', from: 'consent', granted: ['yes'], denied: ['no'] }],
  },
  {
    kind: 'mapping',
    version: 1,
    name: 'orders',
    connection: 'crm',
    stream: 'orders',
    events: [
      {
        event: 'order',
        time: { from: 'at' },
        person: { customer: { from: 'customer' } },
        properties: { amount: { from: 'amount' }, coupon: { from: 'coupon' } },
      },
    ],
  },
  {
    kind: 'segment',
    version: 1,
    name: 'subscribers',
    rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
  },
  {
    kind: 'sync',
    version: 1,
    name: 'to-crm',
    segment: 'subscribers',
    destination: { connection: 'crm', kind: 'list', audience: 'Subscribers' },
    fields: { email: { identifier: 'email' }, name: { trait: 'city' } },
    consent: [{ purpose: 'marketing', channel: 'ads' }],
    mode: 'add_only',
  },
]

const person = (
  id: string,
  email: string,
  more: Record<string, string | number | string[]> = {},
): SourceRecord => ({
  externalId: id,
  versionAt: clock.now(),
  deleted: false,
  fields: { email, city: 'Paris', consent: 'yes', customer: `customer-${id}`, ...more },
})

async function write(stream: string, records: SourceRecord[]): Promise<void> {
  const page = { runId: `run-${clock.now()}`, receivedAt: clock.now(), quarantined: [] }
  await bench.profiles.writePage({ ...page, stream: { connection: 'crm', stream }, records })
}

const order = (id: string, customer: string, at: string): SourceRecord => ({
  externalId: id,
  versionAt: clock.now(),
  deleted: false,
  fields: { customer: `customer-${customer}`, at, amount: 12, coupon: `thanks-${customer}` },
})

const cycle = () =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

const idOf = async (name: string): Promise<string> => (await bench.rights.findPerson(name)) ?? 'nobody'

beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  platform = await startLedgerPlatform(clock)
  folder = await createWorkspaceFolder({})
  const made = toWorkspace(manifests(platform.url).map((manifest) => parseManifest(manifest)))
  if (!made) throw new TypeError('the workspace has a profile schema')
  workspace = made
  bench = await aCycleBench({ folder: folder.path, clock, workspace, connectors: [createLedgerConnector()] })
  await write('people', [
    person('77', ada, { phone: '06 12 34 56 78', points: 3, tags: ['a', 'b'] }),
    person('8', 'grace@example.com'),
  ])
  await write('orders', [
    order('o-1', '77', '2025-01-01T10:00:00Z'),
    order('o-2', '77', '2026-01-01T10:00:00Z'),
    order('o-3', '8', '2025-01-01T10:00:00Z'),
  ])
  await cycle()
})
afterEach(async () => {
  await bench.close()
  await platform.close()
  await folder[Symbol.asyncDispose]()
})

describe('export', () => {
  it('tells every value with its origin, every event, and who was sent what', async () => {
    const told = await bench.rights.exportPerson(await idOf('+33 6 12 34 56 78'))
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
    const names = tables['identifiers']?.map(({ kind, value }) => `${String(kind)} ${String(value)}`)
    expect([...new Set(names)]).toEqual(['customer customer-77', `email ${ada}`, 'phone +33612345678'])
    expect(tables['events']?.map((event) => event['property_coupon'])).toEqual(['thanks-77', 'thanks-77'])
    expect(tables['recipients']).toMatchObject([
      { connection: 'crm', kind: 'list', audience: 'Subscribers', status: 'applied', sent: { email: ada } },
    ])
    expect(tables['segments']).toMatchObject([{ segment: 'subscribers', exited_at: null }])
    expect(tables['source_records']?.map((row) => row['external_id'])).toEqual(['o-1', 'o-2', '77'])
    expect(JSON.stringify(told)).not.toContain('grace')
    expect(await bench.rights.exportPerson('p_999')).toBeUndefined()
  })

  it('changes nothing that is stored', async () => {
    await bench.duckdb.checkpoint()
    const before = readFileSync(`${folder.path}/warehouse.duckdb`)
    await bench.rights.exportPerson(await idOf(ada))
    await bench.rights.scope(await idOf(ada), [])
    expect((await bench.profiles.counts()).profiles).toBe(2)
    await bench.duckdb.checkpoint()
    expect(readFileSync(`${folder.path}/warehouse.duckdb`).length).toBe(before.length)
  })

  it('writes CSV that no spreadsheet runs', () => {
    const rows = [['=1+1', '+33612345678', '-1 cmd', 'a "b", c\nd', null, 4, ['x']]]
    expect(toCsv(['a', 'b', 'c', 'd', 'e', 'f', 'g'], rows)).toBe(
      `a,b,c,d,e,f,g\r\n'=1+1,+33612345678,'-1 cmd,"a ""b"", c\nd",,4,"[""x""]"\r\n`,
    )
  })
})

describe('rectification', () => {
  const traitOf = async (trait: string) => (await bench.profiles.findProfile(ada))?.traits[trait]

  it('outranks the sources at once and after they tell otherwise again', async () => {
    const profile = await idOf(ada)
    await bench.rights.rectify(profile, { trait: 'city', value: 'Lyon' }, { actor, at: clock.now() })
    expect(await traitOf('city')).toMatchObject({ value: 'Lyon', connection: 'rectified' })
    clock.advance(day)
    await write('people', [person('77', ada, { city: 'Marseille', points: 9 })])
    await cycle()
    expect(await traitOf('city')).toMatchObject({ value: 'Lyon' })
    expect(await traitOf('points')).toMatchObject({ value: 9, connection: 'crm' })
    const [row] = await bench.duckdb.all(`SELECT trait_city FROM profile WHERE identifier_email = $1`, [ada])
    expect(row).toEqual({ trait_city: 'Lyon' })
  })

  it('takes values of every type, an empty one too, and gives way when it is lifted', async () => {
    const profile = await idOf(ada)
    const typed = {
      points: '12.5',
      birthday: '1815-12-10',
      seen: '2026-01-01T10:00:00Z',
      tags: 'x; y',
      vip: 'true',
      city: '',
    }
    for (const [trait, value] of Object.entries(typed))
      await bench.rights.rectify(profile, { trait, value }, { actor, at: clock.now() })
    const [row] = await bench.duckdb.all(
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
    expect(await bench.rights.liftRectification(profile, 'city')).toBe(true)
    expect(await bench.rights.liftRectification(profile, 'city')).toBe(false)
    await cycle()
    expect(await traitOf('city')).toMatchObject({ value: 'Paris', connection: 'crm' })
    expect(await traitOf('points')).toMatchObject({ value: 12.5 })
  })

  it('refuses a trait that is none and a value of another type, without repeating it', async () => {
    const profile = await idOf(ada)
    const order = { actor, at: clock.now() }
    await expect(bench.rights.rectify(profile, { trait: 'town', value: 'x' }, order)).rejects.toMatchObject({
      code: 'usage.wrong',
    })
    const refused = bench.rights.rectify(profile, { trait: 'points', value: 'secret-word' }, order)
    await expect(refused).rejects.toThrow(/usage\.wrong (?!.*secret-word)/)
  })
})

describe('restriction', () => {
  it('takes the person off segments and audiences, add-only ones too, keeps the data, and is lifted', async () => {
    const profile = await idOf(ada)
    expect(platform.members('Subscribers')).toEqual([ada, 'grace@example.com'])
    expect(await bench.rights.restrict(profile, { actor, at: clock.now() })).toBe(2)
    expect(await bench.rights.restrict(profile, { actor, at: clock.now() })).toBe(0)
    await cycle()
    expect(platform.members('Subscribers')).toEqual(['grace@example.com'])
    expect(await bench.segments.membershipSince(profile, 'subscribers')).toBeUndefined()
    expect((await bench.profiles.findProfile(ada))?.traits['city']).toMatchObject({ value: 'Paris' })
    clock.advance(day)
    await write('people', [person('77', ada, { city: 'Lille' })])
    await cycle()
    expect(platform.members('Subscribers'), 'another import changes nothing').toEqual(['grace@example.com'])
    expect(await bench.rights.liftRestriction(profile)).toBe(2)
    await cycle()
    expect(platform.members('Subscribers')).toEqual([ada, 'grace@example.com'])
  })
})

describe('retention', () => {
  const preview = (keepDays: Parameters<typeof bench.rights.retain>[0]['keepDays']) =>
    bench.rights.previewRetention({ keepDays, at: clock.now() })
  const keep = async (keepDays: Record<string, number>) => {
    const manifest = parseManifest({ kind: 'retention', version: 1, name: 'keep', keep_days: keepDays })
    if (manifest.kind !== 'retention') throw new TypeError('a retention manifest')
    workspace = { ...workspace, retention: manifest }
    await cycle()
  }

  it('lets events go with the records that told them, and counts first', async () => {
    expect(await preview({ events: 200 })).toMatchObject({ events: 2, gone_people: 0 })
    expect((await bench.profiles.counts()).events).toBe(3)
    await keep({ events: 200 })
    expect(await bench.profiles.counts()).toMatchObject({ events: 1, sourceRecords: 3, profiles: 2 })
  })

  it('lets people go whom no source has any more, once no platform holds them', async () => {
    await write('people', [person('9', 'alan@example.com')])
    await cycle()
    clock.advance(day)
    await write('people', [{ ...person('9', 'alan@example.com'), deleted: true }])
    await cycle()
    clock.advance(100 * day)
    const held = 'the list is add-only: it still holds them'
    expect(await preview({ gone_people: 30 }), held).toMatchObject({ gone_people: 0 })
    await bench.duckdb.run(`UPDATE delivery SET held = false, status = 'removed'`)
    expect(await preview({ gone_people: 30 })).toMatchObject({ gone_people: 1 })
    expect(await bench.rights.findPerson('alan@example.com')).toBeDefined()
    await keep({ gone_people: 30 })
    expect(await bench.rights.findPerson('alan@example.com')).toBeUndefined()
    expect(await bench.rights.findPerson(ada)).toBeDefined()
  })

  it('keeps somebody who refused, so that the refusal is kept', async () => {
    clock.advance(day)
    await write('people', [person('9', 'alan@example.com', { consent: 'no' })])
    await cycle()
    clock.advance(day)
    await write('people', [{ ...person('9', 'alan@example.com'), deleted: true }])
    await cycle()
    clock.advance(100 * day)
    expect(await preview({ gone_people: 30 })).toMatchObject({ gone_people: 0 })
  })

  it('forgets deliveries but not that they were, so that a later erasure reaches the platform', async () => {
    await bench.duckdb.run(`UPDATE delivery SET held = false, status = 'removed'`)
    clock.advance(400 * day)
    workspace = { ...workspace, segments: new Map() }
    expect(await bench.rights.retain({ keepDays: { deliveries: 365 }, at: clock.now() })).toMatchObject({
      deliveries: 2,
    })
    expect(await bench.duckdb.all(`SELECT * FROM delivery`)).toEqual([])
    const scope = await bench.rights.scope(await idOf(ada), [])
    expect(scope?.sentTo).toMatchObject([
      {
        connection: 'crm',
        audiences: ['Subscribers'],
        person: { sent: expect.arrayContaining([{ email: ada }]) as unknown },
      },
    ])
  })
})

describe('erasing a person with events and several identifiers', () => {
  it('leaves no byte of any of them, and nothing of the others is lost', async () => {
    const names = [ada, '+33612345678', 'customer-77', 'thanks-77']
    await bench.duckdb.checkpoint()
    expect(searchBytes(folder.path, names)).not.toEqual([])
    const counts = await bench.rights.eraseHere(await idOf(ada), 'erasure-1', clock.now())
    expect(counts).toMatchObject({ source_records: 3, events: 2, traits: 2, memberships: 1, deliveries: 1 })
    await bench.rights.compact()
    await bench.control.compact()
    expect(searchBytes(folder.path, names)).toEqual([])
    expect(await bench.profiles.counts()).toEqual({ profiles: 1, events: 1, sourceRecords: 2 })
    await write('orders', [
      order('o-9', '77', '2026-01-02T10:00:00Z'),
      order('o-10', '8', '2026-01-02T10:00:00Z'),
    ])
    await cycle()
    expect(await bench.profiles.counts()).toEqual({ profiles: 1, events: 2, sourceRecords: 3 })
    expect(searchBytes(folder.path, names)).toEqual([])
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyChain } from '../../../core/audit/chain.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { Erasure } from '../../../core/person-request/erasure.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { compactStores } from '../../../hub-server/worker/compact-stores.ts'
import { carryOnErasure, carryOnErasures } from '../../../hub-server/worker/erase-at-platforms.ts'
import { openErasure, previewErasure, type ErasureDesk } from '../../../hub-server/worker/erase-person.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { searchBytes } from '../../support/search-bytes.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const ada = { id: 'shop-ada-77', email: 'ada.lovelace@analytical.example', consent: 'yes' }
const identifiers = [ada.email, ada.id]

/** 1,000 in the soak run. */
const erasedPeople = Number(process.env['ERASED_PEOPLE'] ?? 20)

let clock: FixedClock
let shop: LedgerPlatform
let crm: LedgerPlatform
let ads: LedgerPlatform
let workspace: Workspace
let bench: CycleBench
let folder: Awaited<ReturnType<typeof createWorkspaceFolder>>

beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  ;[shop, crm, ads] = await Promise.all([
    startLedgerPlatform(clock),
    startLedgerPlatform(clock),
    startLedgerPlatform(clock),
  ])
  shop.people.splice(0, shop.people.length, ...shopPeople(1, 30), ada)
  folder = await createWorkspaceFolder({})
  workspace = aCycleWorkspace(shop.url, [
    { name: 'crm', url: crm.url },
    { name: 'ads', url: ads.url },
  ])
  bench = await openBench()
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop, crm, ads].map((platform) => platform.close()))
  await folder[Symbol.asyncDispose]()
})

const openBench = () =>
  aCycleBench({ folder: folder.path, clock, workspace, connectors: [createLedgerConnector()] })

const cycle = () =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

const desk = (): ErasureDesk => ({ ...bench, workspace, actor: 'test', signal: new AbortController().signal })

async function scopeOf(person: string) {
  const profileId = await bench.rights.findPerson(person)
  return profileId === undefined ? undefined : previewErasure(desk(), profileId)
}

/** As `affluent erase PERSON --yes` does it. */
async function erase(person: string): Promise<Erasure> {
  const erasure = await carryOnErasure(desk(), await openErasure(desk(), await scopeOf(person)))
  await compactStores(bench)
  return erasure
}

describe('erasing a person', () => {
  it('shows first what it would take away and where they were sent, and changes nothing', async () => {
    await cycle()
    const scope = await scopeOf(ada.email)
    expect(scope?.counts).toEqual({ source_records: 1, traits: 1, memberships: 1, deliveries: 2, others: 2 })
    expect(scope?.sentTo.map(({ connection, audiences }) => [connection, audiences])).toEqual([
      ['ads', ['Subscribers']],
      ['crm', ['Subscribers']],
    ])
    expect(scope?.sources).toEqual([{ connection: 'shop', stream: 'people' }])
    expect((await bench.profiles.counts()).profiles).toBe(31)
    expect(crm.members('Subscribers')).toContain(ada.email)
  })

  it('leaves none of their identifiers in any file of the hub, and none on any platform', async () => {
    await cycle()
    await bench.duckdb.checkpoint()
    expect(searchBytes(folder.path, identifiers), 'the search finds what is there').not.toEqual([])
    const erasure = await erase('Ada.Lovelace@Analytical.Example')
    expect(erasure).toMatchObject({ state: 'done', counts: { source_records: 1, deliveries: 2 } })
    expect(erasure.targets.map(({ connection, status }) => `${connection} ${status}`)).toEqual([
      'ads erased',
      'crm erased',
    ])
    expect(searchBytes(folder.path, identifiers)).toEqual([])
    expect([...crm.members('Subscribers'), ...ads.members('Subscribers')]).not.toContain(ada.email)
    expect(crm.members('Subscribers')).toHaveLength(30)
    await bench.close()
    expect(searchBytes(folder.path, identifiers)).toEqual([])
    bench = await openBench()
    expect((await bench.profiles.counts()).profiles).toBe(30)
  })

  it('X43: leaves the chain of the audit log whole, and nobody to be read in it', async (context) => {
    // The search looks for the part before the "@" too: it must be unlike anything else.
    const emails = Array.from({ length: erasedPeople }, (_, at) => `nobody-else-${at + 1000}@shop.example`)
    const people = emails.map((email, at) => ({ id: `shop-object-${at + 1000}`, email, consent: 'yes' }))
    shop.people.splice(0, shop.people.length, ...people)
    await cycle()
    await bench.duckdb.checkpoint()
    expect(searchBytes(folder.path, emails)).not.toEqual([])
    for (const email of emails) await carryOnErasure(desk(), await openErasure(desk(), await scopeOf(email)))
    await compactStores(bench)
    const entries = await bench.control.auditEntries()
    expect(verifyChain(entries, sha256)).toMatchObject({ ok: true, head: { number: entries.length } })
    expect(entries.filter(({ action }) => action === 'person_erased')).toHaveLength(erasedPeople)
    const found = new Set(searchBytes(folder.path, emails)).size
    reportFigure(context, {
      check: 'X43',
      claim: 'identifiers of erased people found in any file, the audit log included; its chain is whole',
      value: found,
      of: erasedPeople,
      target: '0',
    })
    expect(found).toBe(0)
  })

  it('leaves them in the file until it is rewritten: the search can fail', async () => {
    await cycle()
    await bench.duckdb.checkpoint()
    await openErasure(desk(), await scopeOf(ada.email))
    await bench.duckdb.checkpoint()
    expect(searchBytes(folder.path, [ada.email])).not.toEqual([])
  })

  it('keeps them away when the same source is read again, whole or changed, or tells them under another id', async () => {
    await cycle()
    await erase(ada.email)
    shop.people.splice(
      0,
      shop.people.length,
      ...shopPeople(1, 30),
      { ...ada, consent: 'no' },
      { ...ada, id: 'shop-ada-again' },
    )
    await cycle()
    await cycle()
    expect(await bench.rights.findPerson(ada.email)).toBeUndefined()
    expect((await bench.profiles.counts()).profiles).toBe(30)
    expect(crm.members('Subscribers')).not.toContain(ada.email)
    expect(searchBytes(folder.path, [...identifiers, 'shop-ada-again'])).toEqual([])
  })

  it('keeps a bad row that names them out of quarantine', async () => {
    await cycle()
    const stream = { connection: 'shop', stream: 'people' }
    const page = { stream, runId: 'bad', receivedAt: clock.now(), records: [] }
    const reason = { code: 'unreadable_row', message: 'too few columns' }
    const rows = [
      { place: 'line 2', reason, raw: `x;${ada.email.toUpperCase()};"` },
      { place: 'line 3', reason, raw: 'x;grace@example.com;"' },
    ]
    await bench.profiles.writePage({ ...page, quarantined: rows })
    expect((await erase(ada.email)).counts['quarantine']).toBe(1)
    await bench.profiles.writePage({ ...page, runId: 'worse', quarantined: rows })
    const left = await bench.duckdb.all<{ raw: string }>(`SELECT DISTINCT raw FROM quarantine`)
    expect(left).toEqual([{ raw: 'x;grace@example.com;"' }])
    expect(searchBytes(folder.path, identifiers)).toEqual([])
  })

  it('waits for a platform that is down, says so, and ends by itself in a later cycle', async () => {
    await cycle()
    ads.faults.add({ kind: 'reply', reply: { status: 401 }, match: /erasures/, times: 999 })
    const first = await erase(ada.email)
    expect(first.state).toBe('erased_here')
    expect(first.targets.map(({ connection, status, code }) => [connection, status, code])).toEqual([
      ['ads', 'waiting', 'platform.auth_expired'],
      ['crm', 'erased', null],
    ])
    expect(searchBytes(folder.path, identifiers), 'whom ads is to erase is kept sealed').toEqual([])
    ads.faults.clear()
    await cycle()
    expect((await bench.control.erasure(first.id))?.state, 'not before its time').toBe('erased_here')
    clock.advance(16 * 60_000)
    await cycle()
    const done = await bench.control.erasure(first.id)
    expect(done).toMatchObject({ state: 'done', profileId: null })
    expect(done?.targets.every(({ sealed }) => sealed === null)).toBe(true)
    expect(ads.members('Subscribers')).not.toContain(ada.email)
  })

  it('goes on after a process died between noting the request and erasing', async () => {
    await cycle()
    const scope = await scopeOf(ada.email)
    const noted: Erasure[] = []
    const dying = {
      ...desk(),
      control: {
        ...bench.control,
        openErasure: async (erasure: Erasure) => {
          await bench.control.openErasure(erasure)
          noted.push(erasure)
          throw new Error('died')
        },
      },
    }
    await expect(openErasure(dying, scope)).rejects.toThrow('died')
    expect(await bench.rights.findPerson(ada.email)).toBeDefined()
    await carryOnErasures(desk())
    expect((await bench.control.erasure(noted[0]?.id ?? ''))?.state).toBe('done')
    expect(await bench.rights.findPerson(ada.email)).toBeUndefined()
  })

  it('says of a connection that is no longer there that a person has to see to it', async () => {
    await cycle()
    const { connections } = workspace
    const erasure = await openErasure(desk(), await scopeOf(ada.email))
    const without = {
      ...workspace,
      connections: new Map([...connections].filter(([name]) => name !== 'ads')),
    }
    const done = await carryOnErasure({ ...desk(), workspace: without }, erasure)
    expect(done.state).toBe('done')
    expect(done.targets.find(({ connection }) => connection === 'ads')).toMatchObject({
      status: 'by_hand',
      sealed: null,
    })
  })

  it('lets them come back when they ask for it', async () => {
    await cycle()
    await erase(ada.email)
    expect(await bench.rights.liftErasure(ada.email.toUpperCase())).toBeGreaterThan(0)
    await cycle()
    expect(await bench.rights.findPerson(ada.email)).toBeDefined()
  })

  it('writes what was done into the audit log, without a name', async () => {
    await cycle()
    const { id } = await erase(ada.email)
    const entries = (await bench.control.auditEntries()).filter(({ object }) => object === `erasure/${id}`)
    expect(entries.map(({ action }) => action)).toEqual([
      'erasure_requested',
      'person_erased_here',
      'person_erased',
    ])
    // Three letters alone may stand in a digest.
    expect(JSON.stringify(entries)).not.toContain('ada@')
  })
})

const retention = (platform_erasures: 'ask' | 'carry_out', most = 100): Workspace => ({
  ...workspace,
  retention: {
    kind: 'retention',
    version: 1,
    name: 'keep',
    keep_days: {},
    platform_erasures,
    most_erasures_a_cycle: most,
  },
})

describe('an erasure that a platform tells', () => {
  const told = { id: 'evt-1', kind: 'erased', stream: 'people', externalId: ada.id, occurredAt: 5 } as const
  it('waits for a person unless the manifest lets the cycle carry it out', async () => {
    await cycle()
    await bench.control.keepSignals([{ connection: 'shop', signal: told }])
    await cycle()
    expect(await bench.control.wantedErasures(10)).toHaveLength(1)
    expect(await bench.rights.findPerson(ada.email)).toBeDefined()
    workspace = retention('carry_out')
    await cycle()
    expect(await bench.control.wantedErasures(10)).toEqual([])
    expect(await bench.control.erasures()).toMatchObject([{ state: 'done', actor: 'hub' }])
    expect(crm.members('Subscribers')).not.toContain(ada.email)
    expect(await bench.control.signalState(bench.control.codeOf({ connection: 'shop', signal: told }))).toBe(
      'handled',
    )
    expect(searchBytes(folder.path, identifiers)).toEqual([])
  })

  it('erases nobody when more wait than the manifest lets through at once', async () => {
    await cycle()
    const signals = ['1', '2', '3'].map((externalId) => ({
      connection: 'shop',
      signal: { ...told, id: `evt-${externalId}`, externalId },
    }))
    await bench.control.keepSignals(signals)
    workspace = retention('carry_out', 2)
    await cycle()
    expect(await bench.control.erasures()).toEqual([])
    expect(await bench.control.wantedErasures(10)).toHaveLength(3)
  })

  it('is done when the hub knows nobody by it', async () => {
    await bench.control.keepSignals([{ connection: 'shop', signal: { ...told, externalId: 'stranger' } }])
    workspace = retention('carry_out')
    await cycle()
    expect(await bench.control.erasures()).toMatchObject([{ state: 'done', counts: {}, targets: [] }])
  })
})

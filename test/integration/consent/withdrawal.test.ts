import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReachPhase } from '../../../core/sync/phase.ts'
import { coarseBuckets, createIdentifierDigest } from '../../../hub-server/warehouse/suppression/digest.ts'
import { createSuppressionList } from '../../../hub-server/warehouse/suppression/suppression-list.ts'
import { approveRun } from '../../../hub-server/worker/approve-run.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

const list = 'Subscribers'

let clock: FixedClock
let shop: LedgerPlatform
let crm: LedgerPlatform
let bench: CycleBench
let reach: ReachPhase

beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  crm = await startLedgerPlatform(clock)
  reach = () => undefined
  bench = await aCycleBench({
    clock,
    workspace: workspace(),
    connectors: [createLedgerConnector()],
    reach: (phase) => reach(phase),
  })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), crm.close()])
})

const workspace = () => aCycleWorkspace(shop.url, [{ name: 'crm', url: crm.url }])

function cycle(): Promise<CycleReport> {
  clock.advance(60_000)
  return runCycle(bench, {
    workspace: workspace(),
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
}

const email = (id: number): string => `p${id}@example.com`
const operations = (): string[] => crm.ledger.map(({ operation }) => operation)
const deny = (...ids: number[]) =>
  bench.consents.append(
    ids.map((id) => ({
      subject: { kind: 'email', value: email(id) },
      purpose: 'marketing',
      channel: 'ads',
      status: 'denied' as const,
      origin: 'person' as const,
      source: 'test',
      decidedAt: clock.now(),
      legalBasis: null,
      wording: null,
      note: null,
      key: null,
    })),
  )
const optOut = (ids: readonly number[]) =>
  bench.control.keepSignals(
    ids.map((id) => ({
      connection: 'shop',
      signal: {
        id: `opt-out-${id}`,
        kind: 'opted_out' as const,
        stream: 'people',
        externalId: String(id),
        occurredAt: clock.now(),
      },
    })),
  )
const told = (id: number, fields: readonly string[]) => ({
  connection: 'shop',
  signal: {
    id: `fields-${id}`,
    kind: 'opted_out' as const,
    stream: 'people',
    externalId: String(id),
    occurredAt: clock.now(),
    fields,
  },
})
const suppressionList = () =>
  createSuppressionList({
    duckdb: bench.duckdb,
    schema: workspace().profileSchema,
    digest: createIdentifierDigest(new Uint8Array(32)),
  })

describe('withdrawn consent', () => {
  it('takes people off audiences already sent before anything else is done, and before anything is pulled', async () => {
    shop.people.push(...shopPeople(1, 30))
    await cycle()
    await deny(7, 23)
    shop.people.push(...shopPeople(31, 40))
    crm.ledger.length = 0
    const pulled = shop.requests.length
    let atRemoval = 0
    reach = (phase) => {
      if (phase === 'sent' && atRemoval === 0) atRemoval = shop.requests.length
    }
    await cycle()
    expect(crm.ledger[0]).toMatchObject({
      operation: 'remove',
      members: [email(23), email(7)].toSorted().toReversed(),
    })
    expect(operations()).toEqual(['remove', 'add'])
    expect(atRemoval, 'no source was asked before').toBe(pulled)
    expect(crm.members(list)).toHaveLength(38)
  })

  it('is not held up by the guard, which still stops everybody else from being removed', async () => {
    shop.people.push(...shopPeople(1, 400))
    await cycle()
    for (const person of shop.people.slice(0, 100)) person.consent = 'no'
    shop.people.splice(250, 150)
    const stopped = await cycle()
    expect(stopped.runs.map(({ sync, state }) => `${sync} ${state}`)).toEqual([
      'to-crm succeeded',
      'from-shop succeeded',
      'to-crm awaiting_approval',
    ])
    expect(crm.members(list)).toHaveLength(300)
  })

  it('leaves the approval of what the guard stopped in force', async () => {
    shop.people.push(...shopPeople(1, 400))
    await cycle()
    shop.people.splice(250, 150)
    const waiting = (await cycle()).runs.at(-1)
    await approveRun(
      { control: bench.control, clock, actor: 'test' },
      waiting?.runId ?? '',
      waiting?.planDigest ?? '',
    )
    await deny(3)
    const after = await cycle()
    expect(after.runs.map(({ sync, state }) => `${sync} ${state}`)).toEqual([
      'to-crm succeeded',
      'from-shop succeeded',
      'to-crm succeeded',
    ])
    expect(crm.members(list)).toHaveLength(249)
    expect(await bench.control.runs({ state: 'awaiting_approval' })).toEqual([])
  })

  it.each([1, 4, 9])(
    'told while batch %i of 10 is on its way reaches the platform with that batch at the latest',
    async (inFlight) => {
      shop.people.push(...shopPeople(1, 100))
      const everybody = shop.people.map(({ id }) => Number(id))
      let sent = 0
      let kept: Promise<unknown> = Promise.resolve()
      reach = (phase) => {
        if (phase !== 'intent_written') return
        sent += 1
        if (sent === inFlight) kept = optOut(everybody)
      }
      // People must be known before a platform can tell of them.
      const { runs } = await cycle()
      await kept
      expect(operations(), 'nobody is in a batch that left later').toEqual(
        Array.from({ length: inFlight }, () => 'add'),
      )
      const run = runs.find(({ sync }) => sync === 'to-crm')
      expect(run?.counters).toMatchObject({
        planned: 100,
        applied: inFlight * 10,
        skipped: 100 - inFlight * 10,
      })
      await cycle()
      expect(crm.members(list)).toEqual([])
      expect(new Set(operations().slice(inFlight))).toEqual(new Set(['remove']))
    },
  )

  it('costs nothing and opens no run where nobody withdrew', async () => {
    shop.people.push(...shopPeople(1, 30))
    await cycle()
    const calls = crm.requests.length
    const { runs } = await cycle()
    expect(runs.map(({ sync }) => sync)).toEqual(['from-shop', 'to-crm'])
    expect(crm.requests.length).toBe(calls)
  })

  it('stays withdrawn when the source still says yes, and comes back with a later decision only', async () => {
    shop.people.push(...shopPeople(1, 3))
    await cycle()
    await deny(2)
    await cycle()
    const [, second] = shop.people
    if (second) second.email = 'p2@example.com '
    await cycle()
    expect(crm.members(list)).toEqual([email(1), email(3)])
    clock.advance(1000)
    await bench.consents.append([
      {
        subject: { kind: 'email', value: email(2) },
        purpose: 'marketing',
        channel: 'ads',
        status: 'granted',
        origin: 'person',
        source: 'test',
        decidedAt: clock.now(),
        legalBasis: 'consent',
        wording: 'v2',
        note: null,
        key: null,
      },
    ])
    await cycle()
    expect(crm.members(list)).toEqual([email(1), email(2), email(3)])
  })

  it('waits for people who are not known yet', async () => {
    await deny(2)
    shop.people.push(...shopPeople(1, 3))
    await cycle()
    expect(crm.members(list)).toEqual([email(1), email(3)])
  })
})

describe('the suppression list', () => {
  it('outranks granted consent, takes people off first, and keeps no identifier', async () => {
    shop.people.push(...shopPeople(1, 5))
    await cycle()
    const added = await suppressionList().add([' P4@Example.com ', 'nonsense'], {
      reason: 'letter',
      actor: 'test',
      at: clock.now(),
    })
    expect(added).toEqual({ added: 1, known: 0, refused: [2] })
    crm.ledger.length = 0
    await cycle()
    expect(crm.ledger).toMatchObject([{ operation: 'remove', members: [email(4)] }])
    const stored = JSON.stringify(await suppressionList().entries({ limit: 10 }))
    expect(stored).toContain('letter')
    expect(stored).not.toContain('example')
  })

  it('survives a new import of the same people and a full rebuild', async () => {
    await suppressionList().add([email(2)], { reason: '', actor: 'test', at: clock.now() })
    shop.people.push(...shopPeople(1, 3))
    await cycle()
    shop.people.splice(1, 1)
    await cycle()
    shop.people.push({ id: '99', email: email(2), consent: 'yes' })
    await cycle()
    await bench.duckdb.run(`DELETE FROM normalised_stream`)
    await cycle()
    expect(crm.members(list)).toEqual([email(1), email(3)])
  })

  it('knows an identifier however often it is told, and those of the first lists, kept by fewer buckets', async () => {
    shop.people.push(...shopPeople(1, 3))
    const entry = { reason: '', actor: 'test', at: clock.now() }
    expect(await suppressionList().add([email(1), email(1).toUpperCase(), email(3)], entry)).toEqual({
      added: 2,
      known: 1,
      refused: [],
    })
    expect(await suppressionList().add([email(3)], entry)).toEqual({ added: 0, known: 1, refused: [] })
    await bench.duckdb.run(`UPDATE suppression SET bucket = bucket % ${coarseBuckets}`)
    await cycle()
    expect(crm.members(list)).toEqual([email(2)])
  })

  it('follows a person into the profile that theirs became part of', async () => {
    shop.people.push(...shopPeople(1, 2))
    await cycle()
    const entry = { reason: '', actor: 'test', at: clock.now() }
    await suppressionList().add([email(2)], entry)
    await bench.identities.merge('p_1', 'p_2', () => Promise.resolve())
    await cycle()
    expect(crm.members(list)).toEqual([])
  })

  it('lets people back once they are taken off it', async () => {
    shop.people.push(...shopPeople(1, 2))
    const suppressed = suppressionList()
    await suppressed.add([email(1)], { reason: '', actor: 'test', at: clock.now() })
    await cycle()
    expect(crm.members(list)).toEqual([email(2)])
    expect(await suppressed.remove('p1@EXAMPLE.com')).toBe(1)
    await cycle()
    expect(crm.members(list)).toEqual([email(1), email(2)])
  })
})

describe('an opt-out that a platform tells', () => {
  it('withdraws only the consents that its fields tell', async () => {
    shop.people.push(...shopPeople(1, 2))
    await cycle()
    await bench.control.keepSignals([told(1, ['another_newsletter']), told(2, ['consent'])])
    await cycle()
    expect(crm.members(list)).toEqual([email(1)])
    expect((await bench.consents.ledger('p_2')).at(-1)).toMatchObject({
      status: 'denied',
      origin: 'platform',
      source: 'shop/people',
    })
  })
})

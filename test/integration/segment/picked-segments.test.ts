import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { PickAction } from '../../../core/membership/picked-rule.ts'
import type { PickSubject } from '../../../core/port/pick-store.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'

const manifests = [
  {
    kind: 'profile_schema',
    version: 1,
    name: 'people',
    identifiers: { email: { form: 'email' }, contact: { form: 'exact' } },
    events: { order: { properties: { amount: 'number' } } },
  },
  { kind: 'connection', version: 1, name: 'crm', connector: 'ledger', config: { url: 'http://127.0.0.1:9' } },
  {
    kind: 'mapping',
    version: 1,
    name: 'people',
    connection: 'crm',
    stream: 'contacts',
    identifiers: { email: { from: 'email' }, contact: { from: 'id' } },
  },
  { kind: 'segment', version: 1, name: 'dinner', members: 'picked' },
  { kind: 'segment', version: 1, name: 'lunch', members: 'picked' },
  {
    kind: 'segment',
    version: 1,
    name: 'dinner-not-lunch',
    rule: { all: [{ segment: 'dinner' }, { not: { segment: 'lunch' } }] },
  },
  { kind: 'retention', version: 1, name: 'keep', keep_days: { events: 30 } },
]

let clock: FixedClock
let bench: CycleBench
let workspace: Workspace
beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  const made = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))
  if (!made) throw new TypeError('the workspace has a profile schema')
  workspace = made
  bench = await aCycleBench({ clock, workspace, connectors: [createLedgerConnector()] })
  await write([
    ['1', 'ada@example.com'],
    ['2', 'grace@example.com'],
    ['3', 'alan@example.com'],
  ])
  await cycle()
})
afterEach(() => bench.close())

const write = (people: readonly (readonly [id: string, email: string])[]) =>
  bench.profiles.writePage({
    stream: { connection: 'crm', stream: 'contacts' },
    runId: `run-${clock.now()}`,
    receivedAt: clock.now(),
    records: people.map(([id, email]) => ({
      externalId: id,
      versionAt: clock.now(),
      deleted: false,
      fields: { id, email },
    })),
    quarantined: [],
  })

const cycle = () =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'cli:test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

const contact = (externalId: string): PickSubject => ({ connection: 'crm', stream: 'contacts', externalId })

let picks = 0
const pick = (
  externalId: string,
  action: PickAction,
  { segment = 'dinner', at = clock.now(), id = '' } = {},
) =>
  bench.picks.note([
    {
      id: id === '' ? `pick-${(picks += 1)}` : id,
      segment,
      action,
      subject: contact(externalId),
      at,
      by: 'cli:test',
    },
  ])

async function membersOf(segment: string): Promise<string[]> {
  const rows = await bench.duckdb.all<{ value: string }>(
    `SELECT p.identifier_contact AS value FROM membership m JOIN profile p USING (profile_id)
     WHERE segment = $1 AND exited_at IS NULL ORDER BY ALL`,
    [segment],
  )
  return rows.map(({ value }) => value)
}

describe('a hand-picked segment', () => {
  it('holds who was picked and not dropped since, whatever the order of the cycles', async () => {
    await pick('1', 'picked')
    await pick('2', 'picked')
    await cycle()
    expect(await membersOf('dinner')).toEqual(['1', '2'])
    clock.advance(1000)
    await pick('1', 'dropped')
    await cycle()
    expect(await membersOf('dinner')).toEqual(['2'])
    clock.advance(1000)
    await pick('1', 'picked')
    await pick('2', 'picked', { segment: 'lunch' })
    await cycle()
    expect(await membersOf('dinner')).toEqual(['1', '2'])
    expect(await membersOf('dinner-not-lunch')).toEqual(['1'])
  })

  it('lets the last action win, also of several at one instant, and whatever is told again', async () => {
    const action = fc.record({
      person: fc.constantFrom('1', '2', '3'),
      segment: fc.constantFrom('dinner', 'lunch'),
      action: fc.constantFrom<PickAction>('picked', 'dropped'),
      later: fc.constantFrom(0, 0, 1, 60_000),
      again: fc.boolean(),
    })
    const expected = new Map<string, boolean>()
    let at = clock.now()
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        for (const one of actions) {
          at = Math.max(at + one.later, clock.now())
          const id = `random-${(picks += 1)}`
          await pick(one.person, one.action, { segment: one.segment, at, id })
          // What is told again comes later, and with the later time of its arrival.
          if (one.again) await pick(one.person, one.action, { segment: one.segment, at: at + 5_000, id })
          expected.set(`${one.segment} ${one.person}`, one.action === 'picked')
        }
        clock.advance(3_600_000)
        at = clock.now()
        await cycle()
        for (const segment of ['dinner', 'lunch']) {
          const wanted = ['1', '2', '3'].filter((person) => expected.get(`${segment} ${person}`) === true)
          expect(await membersOf(segment)).toEqual(wanted)
        }
      }),
      { numRuns: 8 },
    )
    const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
    const before = [await membersOf('dinner'), await membersOf('lunch')]
    await bench.segments.evaluate(rules, clock.now())
    expect([await membersOf('dinner'), await membersOf('lunch')]).toEqual(before)
  })

  it('finds by time alone what was moved on by a millisecond, because two came at one instant', async () => {
    const at = clock.now()
    await pick('1', 'picked', { at })
    await pick('1', 'dropped', { at })
    await cycle()
    expect(await membersOf('dinner')).toEqual(['1'])
    clock.advance(1000)
    await cycle()
    expect(await membersOf('dinner')).toEqual([])
  })

  it('takes a pick that is replayed much later for the one it was', async () => {
    await pick('1', 'picked', { id: 'crm:5:workflow:a' })
    await pick('1', 'dropped', { id: 'crm:5:workflow:b' })
    await cycle()
    clock.advance(40 * 86_400_000)
    expect(await pick('1', 'picked', { id: 'crm:5:workflow:a' })).toEqual({
      noted: 0,
      waiting: 0,
      repeated: 1,
    })
    await cycle()
    expect(await membersOf('dinner')).toEqual([])
  })

  it('keeps its members for as long as they are, although events are kept for thirty days', async () => {
    await pick('1', 'picked')
    await cycle()
    clock.advance(400 * 86_400_000)
    await cycle()
    expect(await membersOf('dinner')).toEqual(['1'])
  })

  it('keeps a member whose address changed: the pick hangs on the id of the record', async () => {
    await pick('1', 'picked')
    await cycle()
    await write([['1', 'ada.king@example.com']])
    await cycle()
    expect(await membersOf('dinner')).toEqual(['1'])
    expect((await bench.profiles.counts()).profiles).toBe(3)
  })

  it('takes a person whom no pull brought yet once one does, in the order of the picks', async () => {
    expect(await pick('9', 'picked')).toEqual({ noted: 0, waiting: 1, repeated: 0 })
    await pick('9', 'dropped', { segment: 'lunch' })
    await cycle()
    expect(await membersOf('dinner')).toEqual([])
    await write([['9', 'new@example.com']])
    await cycle()
    expect(await membersOf('dinner')).toEqual(['9'])
    expect(await membersOf('lunch')).toEqual([])
  })

  it('loses whom nobody knows any more, and nothing of the pick stays', async () => {
    await pick('1', 'picked')
    await cycle()
    const profileId = (await bench.rights.findPerson('ada@example.com')) ?? ''
    await bench.rights.eraseHere(profileId, 'request', clock.now())
    await cycle()
    expect(await membersOf('dinner')).toEqual([])
    const left = await bench.duckdb.all(`SELECT 1 FROM source_record WHERE stream = 'picks'`)
    expect(left).toEqual([])
  })

  it('refuses a person whom nothing names alone', async () => {
    await bench.profiles.writePage({
      stream: { connection: 'crm', stream: 'contacts' },
      runId: 'run-nameless',
      receivedAt: clock.now(),
      records: [
        { externalId: '7', versionAt: clock.now(), deleted: false, fields: { note: 'no identifiers' } },
      ],
      quarantined: [],
    })
    await cycle()
    const profileId = (await bench.rights.profileOfObject({ connection: 'crm', externalId: '7' })) ?? ''
    const noted = bench.picks.note([
      {
        id: 'n',
        segment: 'dinner',
        action: 'picked',
        subject: { profileId },
        at: clock.now(),
        by: 'cli:test',
      },
    ])
    await expect(noted).rejects.toMatchObject({ code: 'segment.pick_nameless' })
  })

  it('says in both languages why somebody is in it', () => {
    const rule = workspace.segments.get('dinner')?.rule
    if (!rule) throw new TypeError('there is the segment')
    expect(describeRule(rule, 'en')).toContain('segment_picked')
    expect(describeRule(rule, 'fr')).toContain('segment_picked')
  })
})

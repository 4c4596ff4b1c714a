import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../core/connector/connector.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import { check } from './check.ts'
import type { ConnectorHarness, ConnectorSuite } from './harness.ts'
import { createHeldClock, type HeldClock } from './held-clock.ts'
import { openHubSession, type HubSession } from './hub-session.ts'
import { plainRefusals } from './refusals.ts'

const { signal } = new AbortController()

/** What a connector does behind the hub's own caller and logger. */
export function describeHubWork(suite: ConnectorSuite): void {
  const hasPlatform = suite.connector.budgets.length > 0

  describe('behind the hub', () => {
    check('sends nothing of the refused budget until the time is over that the platform told', {
      when: hasPlatform,
      never: 'it calls nobody',
      test: () => waitOut(suite),
    })

    it('writes no secret and nothing personal into any log line, whatever happens', () => searchLogs(suite))
  })

  for (const { kind, capabilities } of suite.connector.destinations)
    describe(`destination ${kind} behind the hub`, () => {
      check('makes one person and one member of twenty parallel first sends of one new address', {
        when: capabilities.repeatable ?? false,
        never: 'a repeated batch is not harmless here',
        test: () => sendTwentyTimes(suite, kind),
      })
    })
}

async function waitOut(suite: ConnectorSuite): Promise<void> {
  let held: HeldClock | undefined
  const hub = await openHubSession(suite, (clock) => (held = createHeldClock(clock)))
  const { harness, connection } = hub
  const refusal = harness.platform?.refusals?.rate_limited ?? plainRefusals.rate_limited
  await probe(hub)
  harness.platform?.strike({ kind: 'reply', reply: refusal.reply })
  const first = probe(hub)
  await until(() => held?.sleeping === 1)
  const [refused] = hub.sent.slice(-1)
  if (!refused) throw new Error('nothing was sent')
  const others = [() => probe(hub), ...everyKindOfCall(connection, harness)].map((act) => act())
  // Calls of other budgets come back; those of the refused one wait.
  await until(() => hub.open > 1 && hub.underWay === 0)
  const ofBudget = hub.sent.filter(({ call }) => call.budget === refused.call.budget)
  expect(ofBudget.at(-1), 'the refused call is the last that was sent').toBe(refused)
  held?.release()
  await Promise.all([first, ...others])
  const waited = retriedAfterMs(hub)
  expect(waited).toBeGreaterThan(0)
  const later = hub.sent.slice(hub.sent.indexOf(refused) + 1)
  const times = later.filter(({ call }) => call.budget === refused.call.budget).map(({ at }) => at)
  expect(times.length).toBeGreaterThan(1)
  expect(Math.min(...times)).toBeGreaterThanOrEqual(refused.at + waited)
  await hub.close()
}

function retriedAfterMs({ lines }: HubSession): number {
  const line = lines.map((text) => JSON.parse(text)).find(({ event }) => event === 'platform_call_retried')
  return Number(line?.wait_ms)
}

/** So many turns of the event loop in which something holds: it has settled. */
const quietTurns = 200
/** Seconds of an idle event loop. */
const manyTurns = 1_000_000

/** Waits until what other parts of the event loop bring about holds, and goes on holding. */
async function until(holds: () => boolean): Promise<void> {
  let quiet = 0
  for (let turn = 0; quiet < quietTurns; turn += 1) {
    if (turn > manyTurns) throw new Error('what was waited for does not come about')
    quiet = holds() ? quiet + 1 : 0
    await new Promise((next) => setImmediate(next))
  }
}

function probe({ harness, connection }: HubSession): Promise<unknown> {
  const own = harness.platform?.probe
  if (own) return own(connection)
  const [act] = everyKindOfCall(connection, harness)
  if (!act) throw new Error('a connector has a stream or a destination')
  return act()
}

type Act = () => Promise<unknown>

/** The first page of each stream, a look for each audience kind, and the connection's own test. */
function everyKindOfCall(connection: Connection, harness: ConnectorHarness): Act[] {
  return [
    ...Object.entries(harness.sources).map(([name, { fields }]) => async () => {
      for await (const page of connection.source(name)?.read({ cursor: null, fields, signal }) ?? [])
        return page
      return undefined
    }),
    ...Object.keys(harness.destinations).map(
      (kind) => async () => connection.destination(kind)?.find({ name: 'Conformance audience' }),
    ),
    () => connection.test(),
  ]
}

async function searchLogs(suite: ConnectorSuite): Promise<void> {
  const hub = await openHubSession(suite)
  const { harness, connection, lines } = hub
  const seen: string[] = [...harness.secrets]
  for (const [name, { fields }] of Object.entries(harness.sources))
    for await (const page of connection.source(name)?.read({ cursor: null, fields, signal }) ?? [])
      for (const record of page.records) seen.push(...personalTexts(record.fields))
  for (const [kind, seeded] of Object.entries(harness.destinations)) {
    const records = [...seeded.records(3), seeded.badRecord]
    for (const { fields } of records) seen.push(...personalTexts(fields))
    const audience = await openAudience(hub, kind)
    await connection.destination(kind)?.add({ audience, records, signal })
    seeded.settle?.()
    await connection.destination(kind)?.remove?.({ audience, records, signal })
  }
  await strikeEveryWay(hub)
  const grant = await harness.credentials?.current()
  seen.push('quoted.person', ...(grant ? [grant.accessToken] : []))
  const levels = new Set(lines.map((line) => JSON.parse(line).level))
  if (harness.platform) expect([...levels]).toEqual(expect.arrayContaining(['debug', 'warn']))
  const log = lines.join('')
  for (const text of new Set(seen)) expect(log, 'the log').not.toContain(text)
  await hub.close()
}

/** Every refusal and every fault, each met by a call. */
async function strikeEveryWay(hub: HubSession): Promise<void> {
  const { platform } = hub.harness
  if (!platform) return
  for (const { reply } of Object.values({ ...plainRefusals, ...platform.refusals })) {
    platform.strike({ kind: 'reply', reply })
    await probe(hub).catch(() => undefined)
  }
  platform.strike({ kind: 'cut' })
  await probe(hub).catch(() => undefined)
  platform.strike({ kind: 'reply', reply: { status: 200, body: '<html>quoted.person@example.com</html>' } })
  await probe(hub).catch(() => undefined)
}

/** Texts that could tell a person: those with an @, and those with seven figures in a row. */
const personalTexts = (fields: Readonly<Record<string, unknown>>): string[] =>
  Object.values(fields).filter(
    (value) => typeof value === 'string' && (value.includes('@') || /^\+?\d{7,}$/.test(value)),
  ) as string[]

async function openAudience({ harness, connection }: HubSession, kind: string): Promise<Audience> {
  const name = harness.destinations[kind]?.existing?.name ?? 'Conformance audience'
  const destination = connection.destination(kind)
  const audience = (await destination?.find({ name })) ?? (await destination?.create?.({ name }))
  harness.destinations[kind]?.settle?.()
  if (!audience) throw new Error(`no audience "${name}" and no way to create one`)
  return audience
}

async function sendTwentyTimes(suite: ConnectorSuite, kind: string): Promise<void> {
  const hub = await openHubSession(suite)
  const seeded = hub.harness.destinations[kind]
  const audience = await openAudience(hub, kind)
  const records = seeded?.records(1) ?? []
  const before = seeded?.countMembers(audience) ?? 0
  const sends = Array.from({ length: 20 }, () =>
    hub.connection.destination(kind)?.add({ audience, records, signal }),
  )
  const outcomes = (await Promise.all(sends)).flatMap((each) => each ?? [])
  seeded?.settle?.()
  const jobs = new Set(outcomes.flatMap((outcome) => (outcome.status === 'accepted' ? outcome.job : [])))
  for (const job of jobs)
    await hub.connection.destination(kind)?.readJob?.(job, { audience, signal, read: async () => records })
  for (const { status } of outcomes) expect(['applied', 'accepted', 'skipped']).toContain(status)
  expect(outcomes).toHaveLength(20)
  expect((seeded?.countMembers(audience) ?? 0) - before, 'members').toBe(1)
  const [record] = records
  if (record && seeded?.countPeople) expect(seeded.countPeople(record), 'people with the address').toBe(1)
  await hub.close()
}

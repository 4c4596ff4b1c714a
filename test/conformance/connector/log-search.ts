import { expect } from 'vitest'
import type { ConnectorSuite } from './harness.ts'
import { openAudience, openHubSession, probe, type HubSession } from './hub-session.ts'
import { plainRefusals, quoted } from './refusals.ts'

const { signal } = new AbortController()

/** Reads, writes and fails in every way, then looks for secrets and people in what the hub's real logger wrote. */
export async function searchLogs(suite: ConnectorSuite): Promise<void> {
  const hub = await openHubSession(suite)
  const { harness, lines } = hub
  const grant = await harness.credentials?.current()
  const marked = new Set([
    quoted,
    ...harness.secrets,
    ...(grant ? [grant.accessToken] : []),
    ...(await readEverything(hub)),
    ...(await writeEverywhere(hub)),
  ])
  await strikeEveryWay(hub)
  const levels = new Set(lines.map((line) => JSON.parse(line).level))
  const expected = harness.platform ? ['debug', 'warn'] : []
  expect([...levels]).toEqual(expect.arrayContaining(expected))
  const log = lines.join('')
  for (const text of marked) expect(log, 'the log').not.toContain(text)
  await hub.close()
}

/** Returns what was read of people. */
async function readEverything({ harness, connection }: HubSession): Promise<string[]> {
  const seen: string[] = []
  for (const [name, { fields }] of Object.entries(harness.sources))
    for await (const page of connection.source(name)?.read({ cursor: null, fields, signal }) ?? [])
      seen.push(...page.records.flatMap((record) => personalTexts(record.fields)))
  return seen
}

/** Returns what was written of people. */
async function writeEverywhere(hub: HubSession): Promise<string[]> {
  const seen: string[] = []
  for (const [kind, seeded] of Object.entries(hub.harness.destinations)) {
    const destination = hub.connection.destination(kind)
    const records = [...seeded.records(3), seeded.badRecord]
    seen.push(...records.flatMap(({ fields }) => personalTexts(fields)))
    const audience = await openAudience(hub, kind)
    await destination?.add({ audience, records, signal })
    seeded.settle?.()
    await destination?.remove?.({ audience, records, signal })
  }
  return seen
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

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { JsonObject } from '../../core/port/json.ts'
import type { SegmentStore } from '../../core/port/segment-store.ts'
import { createCurrentWorkspace } from '../../hub-server/current-workspace.ts'
import { openHub, type Hub, type OpenWorkspace } from '../../hub-server/hub.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { serveHub } from '../../hub-server/serve-hub.ts'
import { sha256 } from '../../hub-server/store/sha256.ts'
import { startLiveLoop } from '../../hub-server/worker/live-loop.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { liveEvents } from './live-events.ts'
import { liveWorkspace } from './live-workspace.ts'

const key = 'wk_live_bench'

/** How long a probe counts: the shortest window that rules can have, in milliseconds. */
const probeMs = 60_000

const pageSize = 20_000

/** Between two batches of the load, in milliseconds. */
const everyMs = 50

/**
 * For how long the load went on before the run, in seconds: longer than the windows that it lets people out of. The run then begins with as
 * many exits as it ends with, and what grows is the hub's doing.
 */
const earlierSeconds = 600

/** After the last event, until what it did is looked for, in milliseconds. */
const settleMs = 15_000

interface LiveOptions {
  readonly size: number
  /** Events a second. */
  readonly rate: number
  readonly seconds: number
}

/**
 * Events by HTTP into a hub with `size` profiles, as many old events and ten minutes of the same load, under 50 rules: from the acceptance of an event until its person's
 * membership is written, and from the instant at which a window lets somebody out until that is written. Sender and hub share the
 * machine. `growth`: the 99th percentile of the last third of the run against that of the first.
 */
export async function bench({ size, rate, seconds }: LiveOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-live-'))
  const hub = await openHub({
    folder,
    purpose: 'bench',
    env: {},
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    signal: new AbortController().signal,
    memoryMb: 2000,
    secrets: {},
    redisUrl: undefined,
  })
  try {
    const workspace = liveWorkspace()
    const open = await hub.open(workspace)
    await fill(open, size)
    await fillEarlier(open, { rate, people: size })
    const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
    await open.segments.evaluate(rules, systemClock.now())
    // The first one after a cycle looks at everybody, to learn when time moves whom.
    await open.segments.evaluateTouched(rules, systemClock.now())
    await hub.duckdb.checkpoint()
    return { profiles: size, rules: rules.size, ...(await measure(hub, open, { size, rate, seconds })) }
  } finally {
    await hub.close()
    await rm(folder, { recursive: true })
  }
}

/** Batches by the moment that they were evaluated at, which is that of their memberships. */
type Batches = Map<number, { readonly writtenAt: number; readonly ms: number; readonly people: number }>

/** The store as it is, with a note of when what it wrote was written. */
function watched(segments: SegmentStore, batches: Batches): SegmentStore {
  return {
    ...segments,
    async evaluateTouched(rules, asOf, options) {
      const startedAt = performance.now()
      const report = await segments.evaluateTouched(rules, asOf, options)
      const ms = performance.now() - startedAt
      batches.set(asOf, { writtenAt: systemClock.now(), ms, people: report.touched })
      return report
    },
  }
}

async function measure(
  hub: Hub,
  open: OpenWorkspace,
  { size, rate, seconds }: LiveOptions,
): Promise<Record<string, unknown>> {
  const batches: Batches = new Map()
  const ports = { ...open, segments: watched(open.segments, batches) }
  const live = startLiveLoop({
    ports,
    workspace: open.workspace,
    actor: 'bench',
    useThreads: (count) => hub.duckdb.useThreads(count),
    shortenLog: () => hub.duckdb.shortenLog(),
  })
  await hub.control.addWriteKey(sha256(key), {
    source: 'bench',
    createdAt: systemClock.now(),
    createdBy: 'bench',
  })
  const server = await serveHub(hub, createCurrentWorkspace(hub, open), {
    host: '127.0.0.1',
    port: 0,
    env: {},
    publicUrl: undefined,
    onSignals: () => undefined,
    onEvents: () => live.wake(),
    onKept: () => live.wake(),
    clock: systemClock,
    logger: silentLogger,
  })
  try {
    const load = await send({ url: server.url, rate, seconds, everyMs, people: size, key })
    await systemClock.sleep(settleMs)
    return {
      ...load.told,
      ...toFigures(load.probes, await readStays(hub, batches)),
      ...toBatchFigures(batches),
    }
  } finally {
    await server.close()
    await live.stop()
  }
}

interface Probe {
  readonly user: string
  readonly happenedAt: number
  readonly acceptedAt: number
}

async function send(
  workerData: object,
): Promise<{ readonly probes: readonly Probe[]; readonly told: Record<string, unknown> }> {
  const worker = new Worker(new URL('live-load.ts', import.meta.url), { workerData })
  const [{ probes, ...told }] = await once(worker, 'message')
  return { probes, told }
}

/** When the membership of a probe's person was written, and when its end was. */
interface Stay {
  readonly enteredAt: number | undefined
  readonly exitedAt: number | undefined
}

async function readStays(hub: Hub, batches: Batches): Promise<ReadonlyMap<string, Stay>> {
  const rows = await hub.duckdb.read<{ user: string; entered: number; exited: number | null }>(
    `SELECT p.identifier_user_id AS user, epoch_ms(m.entered_at)::DOUBLE AS entered, epoch_ms(m.exited_at)::DOUBLE AS exited
     FROM every_membership m JOIN profile p USING (profile_id) WHERE m.segment = 'probe'`,
  )
  const writtenAt = (asOf: number | null): number | undefined => batches.get(asOf ?? Number.NaN)?.writtenAt
  return new Map(
    rows.map(({ user, entered, exited }) => [
      user,
      { enteredAt: writtenAt(entered), exitedAt: writtenAt(exited) },
    ]),
  )
}

const late = (at: number | undefined, since: number): number => (at === undefined ? Infinity : at - since)

function toFigures(probes: readonly Probe[], stays: ReadonlyMap<string, Stay>): Record<string, unknown> {
  const enteredMs = probes.map(({ user, acceptedAt }) => late(stays.get(user)?.enteredAt, acceptedAt))
  const third = Math.floor(enteredMs.length / 3)
  const end = Math.max(...probes.map(({ happenedAt }) => happenedAt))
  const over = probes.filter(({ happenedAt }) => happenedAt + probeMs < end)
  const exitedMs = over.map(({ user, happenedAt }) => late(stays.get(user)?.exitedAt, happenedAt + probeMs))
  const [first, last] = [spread(enteredMs.slice(0, third)), spread(enteredMs.slice(-third))]
  return {
    probes: probes.length,
    lost: [...enteredMs, ...exitedMs].filter((ms) => ms === Infinity).length,
    enteredMs: spread(enteredMs),
    firstThirdMs: first,
    lastThirdMs: last,
    growth: Math.round((last.p99 / first.p99) * 100) / 100,
    ...(over.length > 0 && { exits: over.length, exitedMs: spread(exitedMs) }),
  }
}

function toBatchFigures(batches: Batches): Record<string, unknown> {
  const all = [...batches.values()]
  return {
    batches: all.length,
    evaluationMs: spread(all.map(({ ms }) => ms)),
    peoplePerBatch: meanPeople(all),
    peoplePerBatchInThirds: [0, 1, 2].map((third) =>
      meanPeople(all.slice((third * all.length) / 3, ((third + 1) * all.length) / 3)),
    ),
  }
}

const meanPeople = (batches: readonly { readonly people: number }[]): number =>
  Math.round(batches.reduce((sum, { people }) => sum + people, 0) / batches.length)

function spread(times: readonly number[]): {
  readonly p50: number
  readonly p99: number
  readonly max: number
} {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Writes records as a pull does, in pages. */
async function write(
  { profiles }: OpenWorkspace,
  stream: { readonly connection: string; readonly stream: string },
  {
    size,
    prefix,
    toFields,
  }: { readonly size: number; readonly prefix: string; readonly toFields: (index: number) => JsonObject },
): Promise<void> {
  const now = systemClock.now()
  for (let from = 0; from < size; from += pageSize) {
    const records = Array.from({ length: Math.min(pageSize, size - from) }, (_, place) => {
      const fields = toFields(from + place)
      const externalId = `${stream.stream}-${prefix}-${from + place}`
      return { externalId, versionAt: now, deleted: false, fields }
    })
    const page = { runId: 'fill', receivedAt: now, quarantined: [], refreshFollows: false }
    await profiles.writePage({ stream, ...page, records })
  }
}

const people = { connection: 'crm', stream: 'people' }
const track = { connection: 'events', stream: 'track' }

/** Batches of the time before the run have numbers below zero. */
async function fillEarlier(
  open: OpenWorkspace,
  load: { readonly rate: number; readonly people: number },
): Promise<void> {
  const { perBatch, batchOf } = liveEvents({ ...load, everyMs })
  const batches = (earlierSeconds * 1000) / everyMs
  const endsAt = systemClock.now()
  let last: { readonly batch: number; readonly events: readonly JsonObject[] } | undefined
  await write(open, track, {
    size: batches * perBatch,
    prefix: 'earlier',
    toFields(index) {
      const batch = Math.floor(index / perBatch) - batches
      if (last?.batch !== batch) last = { batch, events: batchOf(batch, endsAt + batch * everyMs) }
      return last.events[index % perBatch] ?? {}
    },
  })
  await open.profiles.refresh([...open.workspace.mappings.values()], {})
}

const toPerson = (index: number): JsonObject => ({
  user: `user-${index}`,
  email: `person${index}@example.com`,
  country: ['FR', 'DE', 'US', 'ES'][index % 4] ?? 'FR',
  plan: index % 3 === 0 ? 'pro' : 'free',
})

async function fill(open: OpenWorkspace, size: number): Promise<void> {
  const now = systemClock.now()
  const toOldEvent = (index: number): JsonObject => ({
    userId: `user-${(index * 31) % size}`,
    event: ['purchase', 'open', 'view'][index % 3] ?? 'view',
    timestamp: new Date(now - ((index * 7919) % (60 * 86_400)) * 1000 - 1000).toISOString(),
    properties: { amount: index % 200 },
  })
  await write(open, people, { size, prefix: 'crm', toFields: toPerson })
  await write(open, track, { size, prefix: 'old', toFields: toOldEvent })
  await open.profiles.refresh([...open.workspace.mappings.values()], {})
}

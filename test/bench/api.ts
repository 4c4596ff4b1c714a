import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { startMetaSandbox, type MetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { runCommand, startApiHub, type ApiHub } from './api-hub.ts'
import { writeApiWorkspace, writePeople } from './api-workspace.ts'

const rate = 100
const warmSeconds = 5
const idleSeconds = 30
/** A cycle may take longer: it is read beside for as long. */
const besideSeconds = 240
const startRounds = 5
const smallSize = 1000

/**
 * Reads of the API, a hundred a second, from a hub in a process of its own with `size` people and as many events: beside nothing, and beside a
 * cycle of the same process that reads every person anew, changes one in six and delivers them. Then how long such a hub takes to start,
 * against one with a thousand people, after a clean stop and after a kill.
 */
export async function bench({ size }: { readonly size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-api-'))
  const meta = await startMetaSandbox({ clock: systemClock, limits: 'off' })
  const site = { large: join(folder, 'large'), small: join(folder, 'small'), meta, size }
  try {
    for (const [place, people] of [
      [site.small, smallSize],
      [site.large, size],
    ] as const) {
      await writeApiWorkspace(place, people)
      await runCommand(place, meta.url, 'apply', '--yes')
      await runCommand(place, meta.url, 'run')
    }
    return { people: size, rate, reads: await measureReads(site), start: await measureStarts(site) }
  } finally {
    await meta.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Site {
  readonly large: string
  readonly small: string
  readonly meta: MetaSandbox
  readonly size: number
}

interface Sample {
  readonly route: string
  readonly at: number
  readonly ms: number
  readonly status: number
}

async function measureReads({ large, meta, size }: Site): Promise<Record<string, unknown>> {
  const hub = await startApiHub(large, meta.url)
  try {
    const { runs } = z
      .object({ runs: z.array(z.object({ id: z.string() })) })
      .parse(await hub.get('/v1/runs'))
    const reader = {
      url: hub.url,
      token: hub.token,
      rate,
      people: size,
      runId: runs[0]?.id ?? '',
      mostSeconds: besideSeconds,
    }
    await readWhile(reader, () => wait(warmSeconds * 1000))
    const idle = await readWhile(reader, () => wait(idleSeconds * 1000))
    await writePeople(large, { size, pro: 46 })
    const stages: Stage[] = []
    const startedAt = performance.now()
    const beside = await readWhile(reader, async () => void stages.push(...(await runToEnd(hub))))
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const [still, busy] = [toFigures(idle), toFigures(beside)]
    return {
      idle: still,
      beside: { cycleSeconds: seconds, ...busy, byStage: byStage(beside, stages) },
      ratioP99: Math.round((busy.p99 / still.p99) * 100) / 100,
    }
  } finally {
    await hub.stop('SIGTERM')
  }
}

async function readWhile(workerData: object, work: () => Promise<unknown>): Promise<readonly Sample[]> {
  const worker = new Worker(new URL('api-load.ts', import.meta.url), { workerData })
  await work()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage('stop')
  const [samples] = (await once(worker, 'message')) as [readonly Sample[]]
  return samples
}

/** A stage of the cycle, and when it began. */
interface Stage {
  readonly name: string
  readonly at: number
}

const progressSchema = z.object({
  data: z.object({ kind: z.string(), stage: z.string().optional(), at: z.number() }),
})

/** One cycle of the hub. Gives its stages as it told of them. */
async function runToEnd(hub: ApiHub): Promise<readonly Stage[]> {
  const operation = await hub.startCycle()
  const answer = await fetch(`${hub.url}/v1/operations/${operation}/events`, {
    headers: { authorization: `Bearer ${hub.token}` },
  })
  const text = await answer.text()
  const told = [...text.matchAll(/^event: progress\ndata: (.*)$/gm)].flatMap(([, data = '']) => {
    const event = progressSchema.safeParse(JSON.parse(data)).data?.data
    return event?.kind === 'stage_started' && event.stage !== undefined
      ? [{ name: event.stage, at: event.at }]
      : []
  })
  const { state } = z.object({ state: z.string() }).parse(await hub.get(`/v1/operations/${operation}`))
  if (state !== 'succeeded') throw new Error(`the cycle ${state}`)
  return told
}

function byStage(samples: readonly Sample[], stages: readonly Stage[]): Record<string, unknown> {
  const groups = Map.groupBy(
    samples,
    ({ at }) => stages.findLast((stage) => stage.at <= at)?.name ?? 'before',
  )
  return Object.fromEntries([...groups].map(([name, own]) => [name, { asked: own.length, ...spread(own) }]))
}

interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

function toFigures(samples: readonly Sample[]): Spread & Record<string, unknown> {
  const routes = [...Map.groupBy(samples, ({ route }) => route)]
  return {
    asked: samples.length,
    refused: samples.filter(({ status }) => status !== 200).length,
    ...spread(samples),
    byRoute: Object.fromEntries(routes.map(([route, own]) => [route, spread(own)])),
  }
}

function spread(samples: readonly Sample[]): Spread {
  const sorted = samples.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN) * 10) / 10
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

type Ready = Pick<ApiHub, 'readyMs' | 'walMb'>

/** In turns, so that what else the machine does meets both. */
async function measureStarts({ large, small, meta, size }: Site): Promise<Record<string, unknown>> {
  const clean: Record<string, Ready[]> = { large: [], small: [] }
  const killed: Record<string, Ready[]> = { large: [], small: [] }
  for (let round = 0; round < startRounds; round += 1)
    for (const [name, folder] of Object.entries({ large, small })) {
      const hub = await startApiHub(folder, meta.url)
      clean[name]?.push(hub)
      await hub.stop('SIGTERM')
    }
  for (const [name, folder, people] of [
    ['large', large, size],
    ['small', small, smallSize],
  ] as const) {
    await writePeople(folder, { size: people, pro: 40 })
    const hub = await startApiHub(folder, meta.url)
    await killInDelivery(hub, meta)
    const again = await startApiHub(folder, meta.url)
    killed[name]?.push(again)
    await again.stop('SIGTERM')
  }
  return { clean: compare(clean), killed: compare(killed) }
}

/** Kills a hub while the platform takes what a cycle found to be changed: what was committed before is in the log of the warehouse. */
async function killInDelivery(hub: ApiHub, meta: MetaSandbox): Promise<void> {
  const before = meta.ledger.length
  await hub.startCycle()
  while (meta.ledger.length === before) await wait(5)
  await hub.stop('SIGKILL')
}

function compare({ large = [], small = [] }: Readonly<Record<string, readonly Ready[]>>): object {
  const [big, little] = [median(large), median(small)]
  return {
    largeMs: big,
    smallMs: little,
    ratio: Math.round((big / little) * 100) / 100,
    largeWalMb: Math.max(...large.map(({ walMb }) => walMb)),
    smallWalMb: Math.max(...small.map(({ walMb }) => walMb)),
    rounds: large.length,
  }
}

function median(starts: readonly Ready[]): number {
  const sorted = starts.map(({ readyMs }) => readyMs).toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)
}

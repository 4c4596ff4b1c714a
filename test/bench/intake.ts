import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { DOUBLE, DuckDBDataChunk, DuckDBInstance, VARCHAR } from '@duckdb/node-api'
import express from 'express'
import { anIntake, keys } from '../integration/intake/an-intake.ts'

/** Requests under way at once. */
const parallel = 32

/** Events a batch holds: what Segment's libraries send at most by default is a hundred of them. */
const perBatch = 100

interface Load {
  readonly url: string
  readonly requests: number
  readonly perRequest: number
}

interface Pace {
  readonly eventsPerSecond: number
  readonly p99Ms: number
  readonly refused: number
}

/**
 * Intake against a bare Express 5 handler that parses the same JSON and appends it to DuckDB, on disk, before it answers. Each serves the
 * same load: `size` events in batches of a hundred, then a tenth of it one by one, from another thread of this process. The order changes
 * from round to round, and the best of each is compared, as other programs disturb both.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const shapes = {
    batches: { requests: Math.ceil(size / perBatch), perRequest: perBatch },
    singles: { requests: Math.ceil(size / 10), perRequest: 1 },
  }
  const figures: Record<string, unknown> = {}
  for (const [name, shape] of Object.entries(shapes)) {
    const intake: Pace[] = []
    const bare: Pace[] = []
    let drain: unknown
    for (let round = 0; round < 3; round += 1) {
      const runs = [
        async () => {
          const measured = await measureIntake(shape)
          intake.push(measured.pace)
          drain = measured.drain
        },
        async () => void bare.push(await measureBare(shape)),
      ]
      for (const run of round % 2 === 0 ? runs : runs.toReversed()) await run()
    }
    const [ours, theirs] = [best(intake), best(bare)]
    figures[name] = {
      intake: ours,
      bareExpressDuckDb: theirs,
      ratio: round2(ours.eventsPerSecond / theirs.eventsPerSecond),
      drain,
    }
  }
  return figures
}

type Shape = Omit<Load, 'url'>

async function measureIntake(shape: Shape): Promise<{ pace: Pace; drain: unknown }> {
  await using intake = await anIntake()
  const pace = await load({ url: intake.server.url, ...shape })
  const startedAt = performance.now()
  const records = await intake.drain.drain()
  const seconds = (performance.now() - startedAt) / 1000
  const lost = shape.requests * shape.perRequest - records
  return { pace, drain: { recordsPerSecond: Math.round(records / seconds), lost } }
}

async function measureBare(shape: Shape): Promise<Pace> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-bare-'))
  const instance = await DuckDBInstance.create(join(folder, 'bare.duckdb'))
  const connection = await instance.connect()
  await connection.run(
    'CREATE TABLE event (id VARCHAR, person VARCHAR, name VARCHAR, happened VARCHAR, total DOUBLE, raw VARCHAR)',
  )
  const app = express()
  app.use(express.json({ limit: '4mb' }))
  app.post(['/v1/batch', '/v1/track'], (request, response) => {
    const events: BenchEvent[] = request.body.batch ?? [request.body]
    return append(connection, events).then(() => response.json({ success: true }))
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  try {
    return await load({ url: `http://127.0.0.1:${port}`, ...shape })
  } finally {
    server.close()
    server.closeAllConnections()
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
}

interface BenchEvent {
  readonly messageId: string
  readonly userId: string
  readonly event: string
  readonly timestamp: string
  readonly properties: { readonly total: number }
}

async function append(
  connection: Awaited<ReturnType<DuckDBInstance['connect']>>,
  events: readonly BenchEvent[],
): Promise<void> {
  const appender = await connection.createAppender('event')
  const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR, VARCHAR, VARCHAR, DOUBLE, VARCHAR])
  chunk.setColumns([
    events.map(({ messageId }) => messageId),
    events.map(({ userId }) => userId),
    events.map(({ event }) => event),
    events.map(({ timestamp }) => timestamp),
    events.map(({ properties }) => properties.total),
    events.map((event) => JSON.stringify(event)),
  ])
  appender.appendDataChunk(chunk)
  // Closing commits: durable when it returns.
  appender.closeSync()
}

async function load(order: Load): Promise<Pace> {
  const worker = new Worker(new URL('./intake-load.ts', import.meta.url), {
    workerData: { ...order, parallel, key: keys.website },
  })
  const [pace] = (await once(worker, 'message')) as [Pace]
  await worker.terminate()
  return pace
}

const best = (paces: readonly Pace[]): Pace =>
  paces.reduce((one, other) => (other.eventsPerSecond > one.eventsPerSecond ? other : one))

const round2 = (value: number): number => Math.round(value * 100) / 100

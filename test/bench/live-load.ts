/**
 * The sender of `live.ts`, in a thread of its own: `rate` events a second in batches, each with one event "probe" of somebody who had none.
 * Tells when each probe happened and when it was accepted.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Pool } from 'undici'
import { z } from 'zod'
import { liveEvents } from './live-events.ts'

const { url, rate, seconds, everyMs, people, key } = z
  .object({
    url: z.string(),
    rate: z.int(),
    seconds: z.int(),
    everyMs: z.int(),
    people: z.int(),
    key: z.string(),
  })
  .parse(workerData)

const { perBatch, batchOf, proberOf } = liveEvents({ rate, everyMs, people })
const headers = {
  'content-type': 'application/json',
  authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
}
interface Probe {
  readonly user: string
  readonly happenedAt: number
  readonly acceptedAt: number
}

const pool = new Pool(url, { connections: 8, pipelining: 1 })
const probes: Probe[] = []
let refused = 0

async function post(batch: number): Promise<void> {
  const happenedAt = Date.now()
  const body = JSON.stringify({ batch: batchOf(batch, happenedAt) })
  const { statusCode, body: answer } = await pool.request({
    method: 'POST',
    path: '/v1/batch',
    headers,
    body,
  })
  await answer.dump()
  if (statusCode !== 200) refused += 1
  else probes.push({ user: proberOf(batch), happenedAt, acceptedAt: Date.now() })
}

const startedAt = performance.now()
const batches = Math.floor((seconds * 1000) / everyMs)
const posts: Promise<void>[] = []
for (let batch = 0; batch < batches; batch += 1) {
  const wait = startedAt + batch * everyMs - performance.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  posts.push(post(batch))
}
await Promise.all(posts)
const sentPerSecond = Math.round((batches * perBatch * 1000) / (performance.now() - startedAt))
await pool.close()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage({ probes, refused, sentPerSecond, events: batches * perBatch })

/**
 * The sender of `live.ts`, in a thread of its own: `rate` events a second in batches, each with one event "probe" of somebody who had none.
 * Tells when each probe happened and when it was accepted.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Pool } from 'undici'
import { z } from 'zod'

const { url, rate, seconds, people, key } = z
  .object({ url: z.string(), rate: z.int(), seconds: z.int(), people: z.int(), key: z.string() })
  .parse(workerData)

const everyMs = 50
const perBatch = Math.max(1, Math.round((rate * everyMs) / 1000))
const headers = {
  'content-type': 'application/json',
  authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
}
const names = ['purchase', 'open', 'open', 'view']

/** The same load in each run: who does what follows from the event's number. */
function eventOf(number: number, isProbe: boolean, now: number): object {
  const person = isProbe ? Math.floor(number / perBatch) : (number * 7_919 + 13) % people
  return {
    type: 'track',
    messageId: `live-${number}`,
    userId: `user-${person % people}`,
    event: isProbe ? 'probe' : (names[number % names.length] ?? 'view'),
    timestamp: new Date(now).toISOString(),
    properties: { amount: (number % 9973) / 100 },
  }
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
  const events = Array.from({ length: perBatch }, (_, place) =>
    eventOf(batch * perBatch + place, place === 0, happenedAt),
  )
  const body = JSON.stringify({ batch: events })
  const { statusCode, body: answer } = await pool.request({
    method: 'POST',
    path: '/v1/batch',
    headers,
    body,
  })
  await answer.dump()
  if (statusCode !== 200) refused += 1
  else probes.push({ user: `user-${batch % people}`, happenedAt, acceptedAt: Date.now() })
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

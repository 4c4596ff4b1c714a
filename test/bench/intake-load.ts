/** The sender of `intake.ts`, in a thread of its own: posts `requests` bodies, `parallel` at once, and tells how that went. */
import { parentPort, workerData } from 'node:worker_threads'
import { Pool } from 'undici'
import { z } from 'zod'

const { url, requests, perRequest, parallel, key } = z
  .object({ url: z.string(), requests: z.int(), perRequest: z.int(), parallel: z.int(), key: z.string() })
  .parse(workerData)

const headers = {
  'content-type': 'application/json',
  authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
}

/** About 400 bytes, as Segment's libraries make them. */
function eventOf(number: number): string {
  const person = number % 50_000
  return `{"type":"track","messageId":"node-next-${number}-5f0c2d9e","timestamp":"2026-11-22T10:00:00.${String(number % 1000).padStart(3, '0')}Z","userId":"user-${person}","event":"Order Completed","properties":{"total":${(number % 9973) / 100},"currency":"EUR","sku":"SKU-${number % 500}","coupon":null,"items":${number % 7}},"context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},"integrations":{},"_metadata":{"nodeVersion":"24.21.0"}}`
}

function bodyOf(index: number): string {
  if (perRequest === 1) return eventOf(index)
  const events = Array.from({ length: perRequest }, (_, place) => eventOf(index * perRequest + place))
  return `{"batch":[${events.join(',')}],"sentAt":"2026-11-22T10:00:01.000Z"}`
}

// Made before the clock runs: making them is no work of the server.
const bodies = Array.from({ length: requests }, (_, index) => bodyOf(index))
const path = perRequest === 1 ? '/v1/track' : '/v1/batch'
const pool = new Pool(url, { connections: parallel, pipelining: 1 })
const times: number[] = []
let refused = 0
let next = 0

async function send(): Promise<void> {
  for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
    const sentAt = performance.now()
    const { statusCode, body: answer } = await pool.request({ method: 'POST', path, headers, body })
    await answer.dump()
    times.push(performance.now() - sentAt)
    if (statusCode !== 200) refused += 1
  }
}

const startedAt = performance.now()
await Promise.all(Array.from({ length: parallel }, send))
const seconds = (performance.now() - startedAt) / 1000
await pool.close()
times.sort((a, b) => a - b)
const figures = {
  eventsPerSecond: Math.round((requests * perRequest) / seconds),
  p99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
  refused,
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(figures)

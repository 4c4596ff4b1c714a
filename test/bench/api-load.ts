/**
 * The reader of `api.ts`, in a thread of its own: `rate` requests a second at instants that were fixed before, until it is told to stop, or
 * for `mostSeconds`. Each is timed from when it was due, so that a hub that stands still is charged with everybody who waits. What has no answer after
 * `limitMs`, or comes while `mostOpen` wait already, counts as refused, and as having waited for so long: a hub that cannot hold the rate
 * is not measured for ever, and not by those alone that it answered.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Pool } from 'undici'
import { z } from 'zod'

const limitMs = 10_000
const mostOpen = 400

const { url, token, rate, people, runId, mostSeconds } = z
  .object({
    url: z.string(),
    token: z.string(),
    rate: z.int(),
    people: z.int(),
    runId: z.string(),
    mostSeconds: z.number(),
  })
  .parse(workerData)

interface Question {
  readonly route: string
  readonly path: string
  readonly body?: object
}

type Ask = (person: number, email: string) => Omit<Question, 'route'>

/** What the pages of a console and the commands of a person ask for, and how many of twenty questions each is. */
const mix: readonly (readonly [share: number, route: string, ask: Ask])[] = [
  [3, 'profile by id', (person) => ({ path: `/v1/profiles/p_${person + 1}` })],
  [3, 'profile by e-mail', (_, person) => ({ path: '/v1/profiles/find', body: { person } })],
  [2, 'segments', () => ({ path: '/v1/segments' })],
  [1, 'segment standings', () => ({ path: '/v1/segment-standings' })],
  [1, 'segment', () => ({ path: '/v1/segments/pro' })],
  [1, 'segment history', () => ({ path: '/v1/segments/pro/history' })],
  [1, 'syncs', () => ({ path: '/v1/syncs' })],
  [2, 'status', () => ({ path: '/v1/status' })],
  [1, 'runs', () => ({ path: '/v1/runs?limit=20' })],
  [1, 'run', () => ({ path: `/v1/runs/${runId}` })],
  [1, 'explain segment', (_, person) => ({ path: '/v1/explanations', body: { person, segment: 'pro' } })],
  [
    1,
    'explain sync',
    (_, person) => ({ path: '/v1/explanations', body: { person, segment: 'pro-to-meta' } }),
  ],
  [1, 'audit page', () => ({ path: '/v1/audit/entries?limit=50' })],
  [1, 'quarantine', () => ({ path: '/v1/quarantine' })],
]
const places = mix.flatMap(([share, route, ask]) => Array.from({ length: share }, () => ({ route, ask })))

/** The same questions in each run. */
function questionOf(number: number): Question {
  const person = (number * 7_919 + 13) % people
  const place = places[number % places.length]
  if (!place) throw new RangeError('there is something to ask')
  return { route: place.route, ...place.ask(person, `person${person}@example.com`) }
}

// Shorter than the hub keeps an idle connection, so that none is used that it just closed.
const pool = new Pool(url, { connections: 128, pipelining: 1, keepAliveMaxTimeout: 2000 })
const authorization = `Bearer ${token}`
const told: { route: string; at: number; ms: number; status: number }[] = []

let open = 0

async function ask(number: number, due: number): Promise<void> {
  const { route, path, body } = questionOf(number)
  const at = performance.timeOrigin + due
  if (open >= mostOpen) {
    told.push({ route, at, ms: limitMs, status: 0 })
    return
  }
  open += 1
  const status = await statusOf(path, body)
  open -= 1
  told.push({ route, at, ms: status === 0 ? limitMs : performance.now() - due, status })
}

/** 0: there was no answer. */
async function statusOf(path: string, body: object | undefined): Promise<number> {
  try {
    const answer = await pool.request({
      method: body ? 'POST' : 'GET',
      path,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(limitMs),
    })
    await answer.body.dump()
    return answer.statusCode
  } catch {
    return 0
  }
}

const stopping = new AbortController()
parentPort?.once('message', () => stopping.abort())
const asked: Promise<void>[] = []
const startedAt = performance.now()
for (let number = 0; number < rate * mostSeconds && !stopping.signal.aborted; number += 1) {
  const due = startedAt + (number * 1000) / rate
  const wait = due - performance.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  asked.push(ask(number, due))
}
await Promise.all(asked)
await pool.close()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(told)
parentPort?.close()

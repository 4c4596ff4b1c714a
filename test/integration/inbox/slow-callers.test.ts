import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { localToken } from '../../support/a-gate.ts'
import { aRun } from '../../support/a-run.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { aHub, type HubUnderTest } from './a-hub.ts'
import { event, signEvents } from './hubspot-events.ts'

/** `npm run test:soak` opens 2,000, against the limits that the hub has; in the test command these are shorter. */
const asked = process.env['SLOW_CALLERS']
const callers = Number(asked ?? 200)
const shorter = { headersMs: 1_000, requestMs: 1_500, inactiveMs: 1_000 }
const pace =
  asked === undefined
    ? { limits: shorter, byteMs: 200, readingMs: 4_000 }
    : { byteMs: 10_000, readingMs: 180_000 }

/** One in twenty reads its answer slowly: it holds megabytes, in the kernel's buffers and in ours. */
const readers = callers / 20
/** More than the buffers of a connection hold. */
const answerBytes = 6 * 1024 ** 2

/** How long HubSpot waits for an answer, in milliseconds (docs/benchmarks.md). */
const patienceMs = 5_000

const clock = createFixedClock('2026-11-22T10:00:00Z')

/** Calls `act` at the pace of a slow caller until the connection is closed. */
async function untilDropped(socket: Socket, act: () => unknown): Promise<void> {
  const timer = setInterval(act, pace.byteMs)
  // The reset of a dropped connection; `once` of events would reject with it.
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
}

const openTo = (hub: HubUnderTest): Socket => connect(Number(new URL(hub.api.server.url).port), '127.0.0.1')

/** Sends the beginning of a request and then byte by byte; resolves with whether it was refused when it was dropped. */
async function sendSlowly(hub: HubUnderTest, opening: string): Promise<boolean> {
  const socket = openTo(hub)
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => (received += text))
  socket.write(opening)
  await untilDropped(socket, () => socket.write('x'))
  return /^HTTP\/1\.1 4\d\d |^$/.test(received)
}

/** Reads byte by byte, and after a time all that was sent: true when the answer was cut. */
async function readSlowly(hub: HubUnderTest): Promise<boolean> {
  const socket = openTo(hub)
  socket.write(
    `GET /v1/runs/run-1/reasons HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${localToken}\r\n\r\n`,
  )
  const reading = new AbortController()
  const dropped = untilDropped(socket, () => reading.signal.aborted || socket.read(1))
  await wait(pace.readingMs)
  reading.abort()
  let received = 0
  socket.on('data', (part: Buffer) => (received += part.byteLength))
  await dropped
  return received > 0 && received < answerBytes
}

function slowOpenings(): { readonly headers: string; readonly body: string } {
  const { headers, body } = signEvents(clock, [event()])
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST /webhooks/crm/events HTTP/1.1\r\nHost: hub.example.com\r\n${lines.join('')}`
  return { headers: `${head}X-Slow: `, body: `${head}Content-Length: ${body.byteLength}\r\n\r\n[` }
}

interface Served {
  readonly times: number[]
  refused: number
}

/** Sends messages one after the other, each on a connection of its own, until the signal aborts. */
async function sendHealthily(hub: HubUnderTest, lane: number, signal: AbortSignal): Promise<Served> {
  const served: Served = { times: [], refused: 0 }
  for (let number = 0; !signal.aborted; number += 1) {
    const { path, headers, body } = signEvents(clock, [event({ eventId: lane * 1_000_000 + number })])
    const sentAt = performance.now()
    const call = { method: 'POST', headers: { ...headers, host: 'hub.example.com' }, body }
    const status = await httpRequest(`${hub.api.server.url}${path}`, call).then(
      (answer) => answer.status,
      () => 0,
    )
    served.times.push(performance.now() - sentAt)
    if (status !== 200) served.refused += 1
    await wait(20)
  }
  return served
}

const residentMb = (): number => process.memoryUsage().rss / 1024 ** 2

it('W17: drops callers that send or read byte by byte, and serves all others meanwhile', async (context) => {
  const message = 'x'.repeat(answerBytes)
  const hub = await aHub(clock, {
    ...(pace.limits && { limits: pace.limits }),
    ports: { reasons: () => Promise.resolve([{ code: 'refused', message, count: 1 }]) },
  })
  try {
    await hub.api.store.createRun(aRun(), {
      at: 1,
      actor: 'hub',
      action: 'run_started',
      object: 'sync/s',
      details: {},
    })
    const openings = slowOpenings()
    const before = residentMb()
    let most = before
    const watch = setInterval(() => (most = Math.max(most, residentMb())), 50)
    const over = new AbortController()
    const slow = Array.from({ length: callers }, (_, index) => {
      if (index < readers) return readSlowly(hub)
      return sendSlowly(hub, index % 2 === 0 ? openings.headers : openings.body)
    })
    const healthy = [1, 2, 3, 4].map((lane) => sendHealthily(hub, lane, over.signal))
    const dropped = (await Promise.all(slow)).filter(Boolean).length
    over.abort()
    const lanes = await Promise.all(healthy)
    clearInterval(watch)
    const times = lanes.flatMap((lane) => lane.times).toSorted((a, b) => a - b)
    const refused = lanes.reduce((sum, lane) => sum + lane.refused, 0)
    const p99 = times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY
    const beside = `beside ${callers} slow callers`
    const served = (100 * (times.length - refused)) / times.length
    const figures = [
      { claim: `healthy messages taken ${beside}`, value: served, unit: '%', target: '100' },
      {
        claim: `p99 of healthy messages ${beside}`,
        value: Math.round(p99),
        unit: 'ms',
        target: `≤ ${patienceMs}`,
      },
      {
        claim: `memory that ${callers} slow callers took, both ends of each connection and ${readers} answers of 6 MB included`,
        value: Math.round(most - before),
        unit: 'MB',
        target: '≤ 2000',
      },
      { claim: 'slow callers dropped by a limit', value: dropped, of: callers, target: 'all' },
    ]
    for (const figure of figures) reportFigure(context, { check: 'W17', ...figure })
    expect([dropped, refused]).toEqual([callers, 0])
    expect(p99).toBeLessThanOrEqual(patienceMs)
    expect(most - before).toBeLessThanOrEqual(2_000)
    expect(hub.api.lines.join('')).not.toContain('"level":"error"')
  } finally {
    await hub.close()
  }
}, 600_000)

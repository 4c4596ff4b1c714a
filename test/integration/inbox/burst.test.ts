import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { signHubspotV3 } from '../../support/signed-webhooks.ts'
import { aHub, publicUrl, secrets, type HubUnderTest } from './a-hub.ts'

let folder: string
let hub: HubUnderTest
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-burst-'))
  hub = await aHub(systemClock, { path: join(folder, 'control.sqlite') })
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true })
})

const messages = 5000

/** `npm run test:soak` spreads them over ten seconds; here each comes as soon as one of the connections is free. */
const seconds = Number(process.env['BURST_SECONDS'] ?? 0)
const lanes = 100

/** How long HubSpot waits for an answer, in milliseconds (docs/benchmarks.md). */
const patienceMs = 5_000

interface Acknowledged {
  readonly status: number
  /** From the moment it was due, or sent, to its answer. */
  readonly ms: number
}

async function postOne(id: number): Promise<number> {
  const event = {
    eventId: id,
    subscriptionId: 7,
    portalId: 5,
    occurredAt: id,
    subscriptionType: 'object.deletion',
    objectTypeId: '0-1',
    objectId: id,
  }
  const body = JSON.stringify([event])
  const { status } = await hub.post(
    signHubspotV3({ publicUrl, path: '/webhooks/crm/events', body, secret: secrets.hubspot }, Date.now()),
  )
  return status
}

/** Sends all, each over a connection that is free. */
async function sendBurst(): Promise<Acknowledged[]> {
  const startedAt = performance.now()
  const answers: Acknowledged[] = []
  let next = 0
  const send = async (): Promise<void> => {
    for (let id = next++; id < messages; id = next++) {
      const dueMs = startedAt + (id * seconds * 1_000) / messages
      if (seconds > 0) await wait(Math.max(0, dueMs - performance.now()))
      const from = seconds > 0 ? dueMs : performance.now()
      const status = await postOne(id)
      answers.push({ status, ms: performance.now() - from })
    }
  }
  await Promise.all(Array.from({ length: lanes }, send))
  return answers
}

describe('a burst of webhooks', () => {
  it('W15: of 5,000 messages none is lost or refused, each is acknowledged in time, and they share their flushes to the disk', async (context) => {
    const startedAt = performance.now()
    const answers = await sendBurst()
    const took = (performance.now() - startedAt) / 1_000
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    const waiting = await hub.store.waitingSignals(messages + 1)
    expect(new Set(waiting.map(({ signal }) => signal.externalId)).size).toBe(messages)
    // A hundred connections at a time: one commit holds what they brought. What comes evenly has less to share.
    expect(hub.commits.length).toBeLessThan(seconds > 0 ? messages : messages / 5)
    const times = answers.map(({ ms }) => ms).toSorted((left, right) => left - right)
    const burst = `of a burst of ${messages} in ${took.toFixed(1)} s`
    const figures = [
      {
        claim: `messages of a burst lost or refused (${hub.commits.length} flushes to the disk)`,
        value: messages - waiting.length,
        of: messages,
        target: '0',
      },
      {
        claim: `p99 until a message ${burst} is acknowledged`,
        value: Math.round(times[Math.ceil(0.99 * messages) - 1] ?? Number.POSITIVE_INFINITY),
        unit: 'ms',
        target: '< 2000 on a quiet machine',
      },
      {
        claim: `messages ${burst} acknowledged later than HubSpot waits`,
        value: times.filter((ms) => ms > patienceMs).length,
        of: messages,
        target: '0',
      },
    ]
    for (const figure of figures) reportFigure(context, { check: 'W15', ...figure })
    expect(figures[2]?.value).toBe(0)
  })
})

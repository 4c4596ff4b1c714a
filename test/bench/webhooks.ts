import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { readInbox } from '../../hub-server/worker/read-inbox.ts'
import { aHub, publicUrl, secrets, type HubUnderTest } from '../integration/inbox/a-hub.ts'
import { aCycleBench, aCycleWorkspace } from '../support/a-cycle.ts'
import { createLedgerConnector } from '../support/ledger-connector.ts'
import { signHubspotV3 } from '../support/signed-webhooks.ts'

/** The burst is spread evenly over this time, in milliseconds. */
const burstMs = 10_000

/** Signals that wait when the second burst comes. */
const backlog = 200_000

/**
 * W15: `size` messages of HubSpot in ten seconds, each in a request of its own, into a control store on disk. Tells the times until the
 * acknowledgement, which comes after the flush. W19: the same again while a cycle works off a backlog. Sender, hub and cycle share the
 * process, so all are in the times.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-webhooks-'))
  const workspace = aCycleWorkspace('http://127.0.0.1:9', [])
  const cycle = await aCycleBench({
    folder,
    clock: systemClock,
    workspace,
    connectors: [createLedgerConnector()],
  })
  const hub = await aHub(systemClock, { store: cycle.control })
  try {
    const idle = await burst(hub, 0, size)
    const lost = size - (await cycle.control.waitingSignals(size + 1)).length
    await cycle.control.keepSignals(
      Array.from({ length: backlog }, (_, id) => ({
        connection: 'shop',
        signal: { id: String(id), kind: 'deleted', stream: 'people', externalId: String(id), occurredAt: id },
      })),
    )
    const startedAt = performance.now()
    const drained = readInbox({
      ...cycle,
      workspace,
      asOf: systemClock.now(),
      actor: 'bench',
      signal: new AbortController().signal,
      onEvent: () => undefined,
    }).then((count) => Math.round((count / (performance.now() - startedAt)) * 1000))
    const besideCycle = await burst(hub, size, size)
    return { lost, idle, besideCycle, followedPerSecond: await drained }
  } finally {
    await hub.close()
    await cycle.close()
    await rm(folder, { recursive: true })
  }
}

async function burst(hub: HubUnderTest, from: number, size: number): Promise<Record<string, unknown>> {
  const flushes = hub.commits.length
  const before = process.cpuUsage()
  const answers = await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      await systemClock.sleep((index * burstMs) / size)
      return postOne(hub, from + index)
    }),
  )
  const used = process.cpuUsage(before)
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(times[Math.ceil(share * size) - 1] ?? 0)
  return {
    refused: answers.filter(({ status }) => status !== 200).length,
    flushes: hub.commits.length - flushes,
    processorMsPerMessage: Math.round((used.user + used.system) / size / 10) / 100,
    acknowledgedMs: { p50: at(0.5), p99: at(0.99), slowest: at(1) },
  }
}

async function postOne(
  hub: HubUnderTest,
  id: number,
): Promise<{ readonly status: number; readonly ms: number }> {
  const body = JSON.stringify([
    {
      eventId: id,
      subscriptionId: 7,
      portalId: 5,
      occurredAt: id,
      subscriptionType: 'object.propertyChange',
      objectTypeId: '0-1',
      objectId: id,
    },
  ])
  const message = signHubspotV3(
    { publicUrl, path: '/webhooks/crm/events', body, secret: secrets.hubspot },
    Date.now(),
  )
  const sentAt = performance.now()
  const { status } = await hub.post(message)
  return { status, ms: performance.now() - sentAt }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { aHub, publicUrl, secrets, type HubUnderTest } from '../integration/inbox/a-hub.ts'
import { signHubspotV3 } from '../support/signed-webhooks.ts'

/** The burst is spread evenly over this time, in milliseconds. */
const burstMs = 10_000

/**
 * W15: `size` messages of HubSpot in ten seconds, each in a request of its own, into a control store on disk. Tells the times until the
 * acknowledgement, which comes after the flush. Sender and hub share the process, so both are in the times.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-webhooks-'))
  const hub = await aHub(systemClock, { path: join(folder, 'control.sqlite') })
  try {
    const startedAt = performance.now()
    const answers = await Promise.all(
      Array.from({ length: size }, async (_, id) => {
        await systemClock.sleep((id * burstMs) / size)
        return postOne(hub, id)
      }),
    )
    const seconds = (performance.now() - startedAt) / 1000
    const kept = (await hub.store.waitingSignals(size + 1)).length
    const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const at = (share: number): number => Math.round(times[Math.ceil(share * size) - 1] ?? 0)
    return {
      seconds: Math.round(seconds * 10) / 10,
      lost: size - kept,
      refused: answers.filter(({ status }) => status !== 200).length,
      flushes: hub.commits.length,
      acknowledgedMs: { p50: at(0.5), p99: at(0.99), slowest: at(1) },
    }
  } finally {
    await hub.close()
    await rm(folder, { recursive: true })
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

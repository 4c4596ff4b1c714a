import { hubspotConnector } from '../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { createPlatformCaller } from '../../hub-server/net/platform-caller.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** Published for an OAuth app: requests in ten seconds. */
const published = { burst: 110, windowMs: 10_000 }

/**
 * A long write to the HubSpot sandbox with the published limits on, through the hub's real caller: `size` requests of a hundred known
 * contacts. Tells the share of the published budget that was used, and how many calls were refused (must be none).
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const ids = Array.from({ length: 2000 }, (_, index) => String(1000 + index))
  const sandbox = await startHubspotSandbox({
    clock: systemClock,
    limits: { burst: published.burst },
    contacts: ids.map((id) => ({ id, properties: {} })),
  })
  const { signal } = new AbortController()
  const connection = hubspotConnector.connect(
    {
      connection: 'bench',
      call: createPlatformCaller({
        connection: 'bench',
        budgets: hubspotConnector.budgets,
        clock: systemClock,
        random: Math.random,
        logger: silentLogger,
        signal,
      }),
      fetch: globalThis.fetch,
      clock: systemClock,
      logger: silentLogger,
      workspace: '/',
    },
    { access_token: 'sandbox-token', base_url: sandbox.url, limit_tier: 'marketplace_app' },
  )
  try {
    const contacts = connection.destination('contacts')
    const audience = await contacts?.find({ name: 'contacts' })
    if (!contacts || !audience) throw new Error('the sandbox has no contacts to write to')
    const before = sandbox.requests.length
    const startedAt = performance.now()
    for (let sent = 0; sent < size; sent += 20) {
      const records = ids
        .slice(0, Math.min(20, size - sent) * 100)
        .map((key) => ({ key, fields: { city: `City ${sent}` } }))
      await contacts.add({ audience, records, signal })
    }
    const elapsedMs = performance.now() - startedAt
    const calls = sandbox.requests.slice(before)
    const allowed = (elapsedMs / published.windowMs) * published.burst
    return {
      calls: calls.length,
      refused: calls.filter(({ status }) => status === 429).length,
      seconds: Number((elapsedMs / 1000).toFixed(1)),
      shareOfPublishedBudget: Number((calls.length / allowed).toFixed(4)),
      recordsPerSecond: Math.round((size * 100) / (elapsedMs / 1000)),
    }
  } finally {
    await sandbox.close()
  }
}

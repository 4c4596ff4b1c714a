import { webhooksConnector } from '../../../connectors/webhooks/connector.ts'
import { startWebhookReceiver } from '../../../connectors/webhooks/sandbox/webhook-receiver.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase } from './harness.ts'
import { connectorSuite } from './suite.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

async function startWebhooksHarness(): Promise<ConnectorHarness> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const receiver = await startWebhookReceiver({ clock, secret })
  const endpoint: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({
        fields: { email: `member${index}@example.com`, city: 'Lyon' },
      })),
    badRecord: { fields: { email: 'broken@@example.com' } },
    existing: { name: 'crm' },
    countMembers: (audience) => receiver.members(audience.name).length,
    countAudiences: () => 1,
    callsToAdd: (count) => count,
    callsToRemove: (count) => count,
  }
  return {
    config: { endpoints: { crm: { url: `${receiver.url}/hooks`, secret } } },
    secrets: [secret],
    clock,
    sources: {},
    destinations: { endpoint },
    platform: {
      strike: (blow) => receiver.faults.add(blow),
      countRequests: () => receiver.requests.length,
      countWrites: () => receiver.ledger.length,
      // The one message whose answer is read.
      probe: async (connection) => connection.erase?.({ keys: [], sent: [{ email: 'nobody@example.com' }] }),
    },
    close: () => receiver.close(),
  }
}

connectorSuite('webhooks', { connector: webhooksConnector, start: startWebhooksHarness })

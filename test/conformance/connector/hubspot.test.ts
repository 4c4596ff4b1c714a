import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase } from './harness.ts'
import { connectorSuite } from './suite.ts'

const accessToken = 'pat-that-nobody-may-read'

async function startHubspotHarness(): Promise<ConnectorHarness> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const ids = Array.from({ length: 250 }, (_, index) => String(1000 + index))
  const sandbox = await startHubspotSandbox({
    clock,
    accessToken,
    limits: 'off',
    contacts: ids.map((id) => ({ id, properties: { email: `seed${id}@example.com`, city: 'Lille' } })),
  })
  const list: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({
        fields: { email: `member${index}@example.com`, firstname: 'Ada' },
      })),
    badRecord: { fields: { email: 'broken@@example.com' } },
    countMembers: (audience) => sandbox.lists.get(audience.externalId)?.members.size ?? 0,
    countAudiences: () => sandbox.lists.lists.size,
    // A look-up and an upsert for each hundred, then all memberships at once.
    callsToAdd: (count) => 2 * Math.ceil(count / 100) + 1,
    callsToRemove: () => 1,
  }
  return {
    config: { access_token: accessToken, base_url: sandbox.url },
    secrets: [accessToken],
    clock,
    sources: {
      contacts: {
        fields: ['email', 'city'],
        externalIds: ids,
        async change() {
          sandbox.contacts.update('1007', { city: 'Nantes' })
          clock.advance(120_000)
          return ['1007']
        },
      },
    },
    destinations: { static_list: list },
    platform: { strike: (blow) => sandbox.faults.add(blow), countRequests: () => sandbox.requests.length },
    close: () => sandbox.close(),
  }
}

connectorSuite('hubspot', { connector: hubspotConnector, start: startHubspotHarness })

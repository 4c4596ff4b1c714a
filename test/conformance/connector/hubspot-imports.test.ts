import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness } from './harness.ts'
import { connectorSuite } from './suite.ts'

const accessToken = 'pat-that-nobody-may-read'

const records = (count: number): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    fields: { email: `member${index}@example.com`, firstname: 'Ada' },
  }))

/** Every new contact goes through an import, whose job is worked off before anybody looks. */
async function startImportingHarness(): Promise<ConnectorHarness> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const sandbox = await startHubspotSandbox({ clock, accessToken, limits: 'off' })
  const common = {
    records,
    badRecord: { fields: { email: 'broken@@example.com' } },
    settle: () => clock.advance(60_000),
    // The properties of the account, the imports under way, and the upload.
    callsToAdd: () => 3,
  }
  return {
    config: { access_token: accessToken, base_url: sandbox.url, import_above: 0 },
    secrets: [accessToken],
    clock,
    sources: {},
    destinations: {
      static_list: {
        ...common,
        countMembers: (audience: Audience) => sandbox.lists.get(audience.externalId)?.members.size ?? 0,
        countAudiences: () => sandbox.lists.lists.size,
        callsToRemove: () => 1,
      },
      contacts: {
        ...common,
        existing: { name: 'contacts' },
        countMembers: () => sandbox.contacts.all.size,
        countPeople: () => sandbox.contacts.all.size,
        countAudiences: () => 1,
      },
    },
    platform: {
      strike: (blow) => sandbox.faults.add(blow),
      countRequests: () => sandbox.requests.length,
      countWrites: () => sandbox.ledger.length,
    },
    close: () => sandbox.close(),
  }
}

connectorSuite('hubspot through imports', {
  connector: {
    ...hubspotConnector,
    needsGrant: false,
    sources: [],
    destinations: hubspotConnector.destinations.filter(({ kind }) => kind !== 'email_opt_out'),
  },
  streams: [],
  start: startImportingHarness,
})

import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase, SourceCase } from './harness.ts'
import { pagingBy } from './paging-case.ts'
import { connectorSuite } from './suite.ts'

const accessToken = 'pat-that-nobody-may-read'
const ids = Array.from({ length: 250 }, (_, index) => String(1000 + index))
const dayMs = 86_400_000

async function startHubspotHarness(): Promise<ConnectorHarness> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const sandbox = await startHubspotSandbox({
    clock,
    accessToken,
    limits: 'off',
    contacts: ids.map((id) => ({ id, properties: { email: `seed${id}@example.com`, city: 'Lille' } })),
    companies: ids.map((id) => ({ id, properties: { name: `Company ${id}`, city: 'Lille' } })),
    deals: ids.map((id) => ({ id, properties: { dealname: `Deal ${id}`, amount: '5' } })),
  })
  seedEvents(sandbox, clock)
  return {
    config: {
      access_token: accessToken,
      base_url: sandbox.url,
      email_event_types: ['e_opened_email_v2', 'e_clicked_link_in_email_v2'],
    },
    secrets: [accessToken],
    clock,
    sources: sourceCases(sandbox, clock),
    destinations: destinationCases(sandbox),
    access: {
      config: {
        client_id: 'sandbox-client',
        client_secret: 'sandbox-secret',
        refresh_token: 'sandbox-refresh',
        base_url: sandbox.url,
      },
      batchTo: 'static_list',
      expire: () => clock.advance(1_800_000),
      countRefreshes: () => sandbox.requests.filter(({ path }) => path.endsWith('/token')).length,
    },
    platform: {
      strike: (blow) => sandbox.faults.add(blow),
      countRequests: () => sandbox.requests.length,
      countWrites: () => sandbox.ledger.length,
    },
    close: () => sandbox.close(),
  }
}

function seedEvents(sandbox: HubspotSandbox, clock: FixedClock): void {
  for (const [index, id] of ids.entries())
    sandbox.events.push({
      id: `event-${id}`,
      eventType: index % 2 === 0 ? 'e_opened_email_v2' : 'e_clicked_link_in_email_v2',
      objectType: 'CONTACT',
      objectId: id,
      occurredAt: clock.now() - dayMs + index,
      properties: { hs_campaign: 'spring' },
    })
}

const paging = pagingBy('results', 'paging.next.after')

function sourceCases(sandbox: HubspotSandbox, clock: FixedClock): Record<string, SourceCase> {
  const changing = (store: 'contacts' | 'companies' | 'deals', fields: readonly string[]): SourceCase => ({
    fields,
    externalIds: ids,
    paging,
    async change() {
      sandbox[store].update('1007', { [fields[1] ?? '']: '7' })
      clock.advance(120_000)
      return ['1007']
    },
  })
  return {
    contacts: changing('contacts', ['email', 'city']),
    companies: changing('companies', ['name', 'city']),
    deals: changing('deals', ['dealname', 'amount']),
    email_events: {
      fields: ['objectId', 'eventType', 'hs_campaign'],
      externalIds: ids.map((id) => `event-${id}`),
      paging,
      async change() {
        const [event] = sandbox.events
        if (event) sandbox.events.push({ ...event, id: 'event-new', occurredAt: clock.now() })
        clock.advance(120_000)
        return ['event-new']
      },
    },
  }
}

const records = (count: number, more = {}): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    fields: { email: `member${index}@example.com`, ...more },
  }))
const named = (count: number): DestinationRecord[] => records(count, { firstname: 'Ada' })
const badRecord = { fields: { email: 'broken@@example.com' } }
const batches = (count: number): number => Math.ceil(count / 100)

function destinationCases(sandbox: HubspotSandbox): Record<string, DestinationCase> {
  const countPeople = ({ fields }: DestinationRecord): number =>
    [...sandbox.contacts.all.values()].filter(({ properties }) => properties['email'] === fields['email'])
      .length
  return {
    static_list: {
      countPeople,
      records: named,
      badRecord,
      countMembers: (audience: Audience) => sandbox.lists.get(audience.externalId)?.members.size ?? 0,
      countAudiences: () => sandbox.lists.lists.size,
      // A look-up and an upsert for each hundred, then all memberships at once.
      callsToAdd: (count) => 2 * batches(count) + 1,
      callsToRemove: () => 1,
    },
    contacts: {
      countPeople,
      records: named,
      badRecord,
      existing: { name: 'contacts' },
      countMembers: () =>
        [...sandbox.contacts.all.values()].filter(({ properties }) => properties['firstname'] === 'Ada')
          .length,
      countAudiences: () => 1,
      callsToAdd: (count) => 2 * batches(count),
    },
    email_opt_out: {
      records,
      badRecord,
      existing: { name: 'All e-mail' },
      countMembers: () => sandbox.consents.unsubscribedFromAll.size,
      countAudiences: () => 1,
      callsToAdd: batches,
    },
  }
}

connectorSuite('hubspot', { connector: hubspotConnector, start: startHubspotHarness })

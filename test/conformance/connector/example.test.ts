import { exampleConnector } from '../../../connectors/example/connector.ts'
import { inventPeople } from '../../../connectors/example/sandbox/example-people.ts'
import { openExampleSandbox } from '../../../connectors/example/sandbox/example-sandbox.ts'
import type { ConnectorHarness, DestinationCase } from './harness.ts'
import { pagingBy } from './paging-case.ts'
import { connectorSuite } from './suite.ts'

let accounts = 0

async function startExampleHarness(): Promise<ConnectorHarness> {
  accounts += 1
  const account = `conformance-${accounts}`
  const sandbox = openExampleSandbox(account)
  const list: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({
        fields: { email: `member${index}@example.com`, first_name: 'Ada' },
      })),
    badRecord: { fields: { email: 'broken@@example.com' } },
    countMembers: (audience) => sandbox.lists.find(({ id }) => id === audience.externalId)?.members.size ?? 0,
    countAudiences: () => sandbox.lists.length,
    callsToAdd: (count) => Math.ceil(count / 100),
    callsToRemove: (count) => Math.ceil(count / 100),
  }
  return {
    config: { account, token: 'token-that-nobody-may-read', page_size: 10 },
    secrets: ['token-that-nobody-may-read'],
    sources: {
      people: {
        fields: ['email', 'country'],
        externalIds: inventPeople(25).map((person) => person.id),
        paging: pagingBy('people', 'has_more'),
        async change() {
          const [first] = inventPeople(1)
          if (first) sandbox.putPerson({ ...first, updated_at: '2026-10-31T12:00:00.000Z', country: 'IT' })
          return ['person-1']
        },
      },
    },
    destinations: { list },
    platform: {
      strike: (blow) => sandbox.strike(blow),
      countRequests: () => sandbox.requests,
      countWrites: () => sandbox.lists.reduce((sum, { members }) => sum + members.size, 0),
    },
    close: async () => undefined,
  }
}

connectorSuite('example', { connector: exampleConnector, start: startExampleHarness })

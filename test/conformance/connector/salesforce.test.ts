import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import type { Org } from '../../../connectors/salesforce/sandbox/org.ts'
import type { ObjectName } from '../../../connectors/salesforce/sandbox/record-id.ts'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase, Refusal, RefusalKind, SourceCase } from './harness.ts'
import { pagingBy } from './paging-case.ts'
import { connectorSuite } from './suite.ts'

const clientSecret = 'secret-that-nobody-may-read'
const refreshToken = 'refresh-token-that-nobody-may-read'
const email = (index: number): string => `member${index}@example.com`

/** Salesforce's error array; the message quotes a value, as its messages do. */
const refusal = (status: number, errorCode: string, codes: Refusal['codes']): Refusal => ({
  reply: {
    status,
    body: [{ errorCode, message: `Value "quoted.person@example.com" is not accepted`, fields: [] }],
  },
  codes,
})

const refusals: Record<RefusalKind, Refusal> = {
  unauthorised: refusal(401, 'INVALID_SESSION_ID', ['platform.auth_expired']),
  forbidden: refusal(403, 'INSUFFICIENT_ACCESS', ['platform.permission_missing']),
  rate_limited: {
    reply: {
      status: 403,
      body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }],
    },
    codes: ['platform.rate_limited'],
  },
  bad_request: refusal(400, 'MALFORMED_QUERY', ['platform.invalid_request']),
  not_found: refusal(404, 'NOT_FOUND', ['platform.permission_missing', 'platform.not_found']),
  server_error: refusal(503, 'SERVER_UNAVAILABLE', ['platform.transient']),
}

/** As large as the longest look-up, so that looking somebody up is one call. */
const pageSize = 200
const rows = 450

type Seed = (org: Org, index: number, at: number) => string
interface StreamSeed {
  readonly object: ObjectName
  readonly fields: readonly string[]
  readonly seed: Seed
  readonly change: Record<string, string>
}
/** Consents by turns for e-mail and the phone: each stream gives those of the other kind as gone. */
const consents: StreamSeed = {
  object: 'ContactPointTypeConsent',
  fields: ['PartyId', 'PrivacyConsentStatus'],
  seed: (org, index, at) =>
    org.insert(
      'ContactPointTypeConsent',
      {
        Name: 'Seed',
        PartyId: `0PK5g0000${index}`,
        ContactPointType: index % 2 === 0 ? 'Email' : 'Phone',
        PrivacyConsentStatus: 'OptIn',
      },
      { at },
    ).id,
  change: { PrivacyConsentStatus: 'OptOut' },
}
const seeds: Readonly<Record<string, StreamSeed>> = {
  contacts: {
    object: 'Contact',
    fields: ['Email', 'HasOptedOutOfEmail'],
    seed: (org, index, at) =>
      org.insert('Contact', { LastName: 'Seed', Email: `seed${index}@example.com`, Title: 'Hidden' }, { at })
        .id,
    change: { Title: 'Changed' },
  },
  leads: {
    object: 'Lead',
    fields: ['Email'],
    seed: (org, index, at) =>
      org.insert('Lead', { LastName: 'Seed', Company: 'C', Email: `lead${index}@example.com` }, { at }).id,
    change: { Title: 'Changed' },
  },
  accounts: {
    object: 'Account',
    fields: ['Name'],
    seed: (org, index, at) => org.insert('Account', { Name: `Account ${index}`, Industry: 'x' }, { at }).id,
    change: { Industry: 'y' },
  },
  opportunities: {
    object: 'Opportunity',
    fields: ['Name', 'Amount'],
    seed: (org, index, at) => org.insert('Opportunity', { Name: `Deal ${index}`, Amount: index }, { at }).id,
    change: { StageName: 'Closed Won' },
  },
  campaigns: {
    object: 'Campaign',
    fields: ['Name', 'Status'],
    seed: (org, index, at) =>
      org.insert('Campaign', { Name: `Webinar ${index}`, Type: 'Webinar' }, { at }).id,
    change: { Status: 'Completed' },
  },
  individuals: {
    object: 'Individual',
    fields: ['HasOptedOutSolicit'],
    seed: (org, index, at) => org.insert('Individual', { LastName: `Seed ${index}` }, { at }).id,
    change: { LastName: 'Changed' },
  },
  email_consents: consents,
  phone_consents: consents,
  campaign_members: {
    object: 'CampaignMember',
    fields: ['ContactId', 'Status'],
    seed: (org, index, at) =>
      org.insert('CampaignMember', { CampaignId: '7015g00000XXXXXAAA', ContactId: `c${index}` }, { at }).id,
    change: { Status: 'Responded' },
  },
  tasks: {
    object: 'Task',
    fields: ['Subject', 'WhoId'],
    seed: (org, index, at) => org.insert('Task', { Subject: `Call ${index}` }, { at }).id,
    change: { Subject: 'Called' },
  },
}

function sourceCases(sandbox: SalesforceSandbox, clock: FixedClock): Record<string, SourceCase> {
  const at = clock.now() - 86_400_000
  const seeded = new Map<StreamSeed, string[]>()
  return Object.fromEntries(
    Object.entries(seeds).map(([stream, streamSeed]) => {
      const { object, fields, seed, change } = streamSeed
      const ids =
        seeded.get(streamSeed) ??
        Array.from({ length: rows }, (_, index) => seed(sandbox.org, index, at + index * 1000))
      seeded.set(streamSeed, ids)
      return [
        stream,
        {
          fields,
          externalIds: ids,
          paging: pagingBy('records', 'nextRecordsUrl'),
          async change() {
            clock.advance(60_000)
            sandbox.org.update(object, ids[7] ?? '', change)
            return [ids[7] ?? '']
          },
        },
      ]
    }),
  )
}

const people = (count: number): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    fields: { Email: email(index), LastName: `Member ${index}` },
  }))
const badRecord: DestinationRecord = { fields: { Email: 'broken@@example.com' } }

/** Create, upload, close, two looks, two results: what one Bulk API job costs. */
const jobCalls = 7
const inChunks = (count: number, most = 2000): number => (count > most ? jobCalls : Math.ceil(count / 200))
const lookUps = (count: number): number => 2 * Math.ceil(count / 200)
/** Contact and Lead are described before the first write. */
const describes = 2

function destinationCases({ org }: SalesforceSandbox): Record<string, DestinationCase> {
  const living = (object: ObjectName) => [...org.all(object).values()].filter(({ deleted }) => !deleted)
  const marked = (object: ObjectName, field: string): number =>
    living(object).filter(({ fields }) => fields[field] === true).length
  /** Opt-outs need people who are there: contacts, each with an Individual. */
  const knownPeople = (count: number): DestinationRecord[] => {
    if (living('Contact').length === rows)
      for (let index = 0; index < 2000; index += 1) {
        const IndividualId = org.insert('Individual', { LastName: 'Known' }).id
        org.insert('Contact', { LastName: 'Known', Email: email(index), IndividualId })
      }
    return people(count)
  }
  const countPeople = ({ fields }: DestinationRecord): number =>
    [...living('Lead'), ...living('Contact')].filter((person) => person.fields['Email'] === fields['Email'])
      .length
  return {
    campaign: {
      countPeople,
      records: people,
      badRecord,
      countMembers: ({ externalId }) =>
        living('CampaignMember').filter(({ fields }) => fields['CampaignId'] === externalId).length,
      countAudiences: () => org.all('Campaign').size,
      callsToAdd: (count) => describes + lookUps(count) + 2 * inChunks(count),
      callsToRemove: (count) => Math.ceil(count / 200) + inChunks(count),
    },
    contact_fields: {
      countPeople,
      records: people,
      badRecord,
      existing: { name: 'people' },
      countMembers: () => living('Lead').length - rows,
      countAudiences: () => 1,
      callsToAdd: (count) => describes + lookUps(count) + inChunks(count),
    },
    email_opt_out: {
      records: knownPeople,
      badRecord,
      existing: { name: 'email opt-out' },
      countMembers: () => marked('Contact', 'HasOptedOutOfEmail'),
      countAudiences: () => 1,
      callsToAdd: (count) => describes + lookUps(count) + inChunks(count),
    },
    call_opt_out: {
      records: knownPeople,
      badRecord,
      existing: { name: 'call opt-out' },
      countMembers: () => marked('Contact', 'DoNotCall'),
      countAudiences: () => 1,
      callsToAdd: (count) => describes + lookUps(count) + inChunks(count),
    },
    solicit_opt_out: {
      records: knownPeople,
      badRecord,
      existing: { name: 'solicit opt-out' },
      countMembers: () => marked('Individual', 'HasOptedOutSolicit'),
      countAudiences: () => 1,
      // Individual is described too, and those who are out already are asked for.
      callsToAdd: (count) => describes + 1 + lookUps(count) + Math.ceil(count / 200) + inChunks(count),
    },
  }
}

async function startHarness(): Promise<ConnectorHarness> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const sandbox = await startSalesforceSandbox({ clock, limits: 'off', queryPageSize: pageSize })
  const accessToken = sandbox.tokens.openSession()
  const facts = { instance_url: sandbox.url, org_id: '00D5g000004ABCDEA4' }
  return {
    config: {
      login_url: sandbox.url,
      client_id: 'consumer-key',
      client_secret: clientSecret,
      refresh_token: refreshToken,
    },
    secrets: [clientSecret, refreshToken],
    clock,
    credentials: { current: async () => ({ accessToken, expiresAt: null, facts }) },
    sources: sourceCases(sandbox, clock),
    destinations: destinationCases(sandbox),
    access: {
      config: {
        login_url: sandbox.url,
        client_id: 'consumer-key',
        client_secret: 'consumer-secret',
        refresh_token: sandbox.tokens.authorise(),
      },
      batchTo: 'campaign',
      expire: () => sandbox.tokens.expireSessions(),
      countRefreshes: () => sandbox.requests.filter(({ path }) => path.endsWith('/token')).length,
    },
    platform: {
      strike: (blow) => sandbox.faults.add(blow),
      countRequests: () => sandbox.requests.length,
      countWrites: () => sandbox.ledger.length,
      refusals,
    },
    close: () => sandbox.close(),
  }
}

connectorSuite('salesforce', { connector: salesforceConnector, start: startHarness })

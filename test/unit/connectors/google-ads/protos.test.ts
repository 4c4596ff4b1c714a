import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { toAudienceMember } from '../../../../connectors/google-ads/audience-member.ts'
import { googleAdsConfig } from '../../../../connectors/google-ads/config.ts'
import { toNewList } from '../../../../connectors/google-ads/destinations/create-list.ts'
import { toIngestBody, toRemoveBody } from '../../../../connectors/google-ads/member-request.ts'
import { toAddRequest, toCreateRequest } from '../../../../connectors/google-ads/offline-jobs/job-request.ts'
import { audiencePerformance } from '../../../../connectors/google-ads/sources/audience-performance.ts'
import { campaignPerformance } from '../../../../connectors/google-ads/sources/campaign-performance.ts'
import { faultsOfMessage, unknownNames } from '../../../support/proto-faults.ts'

// Requests against the descriptions that Google publishes: the protos inside the npm packages @google-ads/datamanager 0.3.0
// (Apache-2.0) and google-ads-node 25.1.0 (MIT). What the older Data Manager protos lack (removeAll) is not checked here.
const require = createRequire(import.meta.url)
// Both come with the SDK; the hub does not depend on them by itself.
const requireOfSdk = createRequire(require.resolve('google-ads-api'))
const adsNode = requireOfSdk.resolve('google-ads-node')
const gax = join(dirname(createRequire(adsNode).resolve('google-gax')), '..', 'protos')
const dataManager = join(dirname(require.resolve('@google-ads/datamanager')), '..', 'protos')

function load(folder: string, files: readonly string[]): protobuf.Root {
  const root = new protobuf.Root()
  root.resolvePath = (_, target) =>
    // protobufjs brings the well-known types itself.
    target.startsWith('google/ads/') ? join(folder, target) : join(gax, target)
  return root.loadSync([...files], { keepCase: false })
}

const uploads = load(dataManager, [
  'google/ads/datamanager/v1/ingestion_service.proto',
  'google/ads/datamanager/v1/user_list_service.proto',
])

/** What is wrong with a request of the Data Manager API; nothing is the right answer. */
const faultsOf = (name: string, json: object): unknown[] =>
  faultsOfMessage(uploads.lookupType(`google.ads.datamanager.v1.${name}`), json)

const config = (more: object = {}) =>
  googleAdsConfig.parse({
    customer_id: '1234567890',
    login_customer_id: '9876543210',
    service_account_email: 'hub@project.iam.gserviceaccount.com',
    service_account_private_key: 'key',
    customer_match_terms_accepted: true,
    ...more,
  })

const fields = {
  email: 'a@b.com',
  phone: '+33612345678',
  given_name: 'Ada',
  family_name: 'Lovelace',
  region_code: 'FR',
  postal_code: '75001',
}

describe('requests against the published protos', () => {
  it('knows a wrong name and a wrong type, else it would prove nothing', () => {
    const type = uploads.lookupType('google.ads.datamanager.v1.IngestAudienceMembersRequest')
    expect(unknownNames(type, { destinations: [{ productId: '1' }] })).toEqual(['destinations.productId'])
    expect(type.verify({ validateOnly: 'yes' })).toBe('validateOnly: boolean expected')
  })

  it.each([{}, { hash_encoding: 'base64' }, { ad_user_data_consent: 'unspecified' }])('ingest %j', (more) => {
    const member = toAudienceMember({ fields: { ...fields, ad_user_data: 'granted' } }, config(more))
    expect(
      faultsOf(
        'IngestAudienceMembersRequest',
        toIngestBody(config(more), { lists: ['7'], members: [member], validateOnly: true }),
      ),
    ).toEqual([])
  })

  it('remove', () => {
    const member = toAudienceMember({ fields }, config())
    expect(
      faultsOf(
        'RemoveAudienceMembersRequest',
        toRemoveBody(config(), { lists: ['7', '8'], members: [member, member] }),
      ),
    ).toEqual([])
  })

  it('a new list', () => {
    const list = toNewList(config({ membership_duration_days: 30 }), 'VIP')
    expect(list).toMatchObject({ membershipDuration: '2592000s' })
    // JSON writes a Duration as text; protobufjs knows only its message.
    expect(faultsOf('UserList', { ...list, membershipDuration: { seconds: '2592000' } })).toEqual([])
  })

  it("a person's own denial", () => {
    const more = { denied_personalization: 'declare' }
    const own = { fields: { ...fields, ad_user_data: true, ad_personalization: false } }
    const body = toIngestBody(config(more), { lists: ['7'], members: [toAudienceMember(own, config(more))] })
    expect(JSON.stringify(body)).toContain('CONSENT_DENIED')
    expect(faultsOf('IngestAudienceMembersRequest', body)).toEqual([])
  })

  it('puts one person into each entry, never several (B38)', () => {
    const members = ['a@b.com', 'c@d.com'].map((email) => toAudienceMember({ fields: { email } }, config()))
    expect(toIngestBody(config(), { lists: ['7'], members })).toMatchObject({
      audienceMembers: members.map(({ identifiers }) => ({ userData: { userIdentifiers: identifiers } })),
    })
  })
})

const ads = protobuf.Root.fromJSON(require(join(dirname(adsNode), '..', 'protos', 'protos.json')))
const service = (name: string): protobuf.Type => ads.lookupType(`google.ads.googleads.v25.services.${name}`)

describe('requests of the old upload path against the published protos', () => {
  it('knows a wrong name, else it would prove nothing: the SDK drops such names without a word', () => {
    const request = { resource_name: 'x', operations: [{ create: { userIdentifiers: [] } }] }
    expect(faultsOfMessage(service('AddOfflineUserDataJobOperationsRequest'), request)).toContain(
      'operations.create.userIdentifiers',
    )
  })

  it.each([undefined, { ad_user_data: 'GRANTED', ad_personalization: 'UNSPECIFIED' } as const])(
    'a job with consent %j',
    (consent) => {
      const job = { act: 'x', list: '7', validateOnly: true, ...(consent && { consent }) }
      expect(
        faultsOfMessage(service('CreateOfflineUserDataJobRequest'), toCreateRequest(config(), job)),
      ).toEqual([])
    },
  )

  it.each(['add', 'remove'] as const)('people to %s', (operation) => {
    const member = toAudienceMember({ fields }, config())
    expect(member.identifiers).toHaveLength(3)
    const request = toAddRequest({
      act: 'x',
      job: 'customers/1/offlineUserDataJobs/2',
      operation,
      members: [member],
    })
    expect(faultsOfMessage(service('AddOfflineUserDataJobOperationsRequest'), request)).toEqual([])
  })
})

describe('columns of reports against the published protos', () => {
  const row = service('GoogleAdsRow')

  const exists = (column: string): boolean => {
    let type: protobuf.Type | null = row
    for (const part of column.split('.')) {
      const field: protobuf.Field | undefined = type?.fields[part]
      if (!field) return false
      field.resolve()
      type = field.resolvedType instanceof protobuf.Type ? field.resolvedType : null
    }
    return true
  }

  it('knows a column that does not exist', () => expect(exists('metrics.roas')).toBe(false))

  it.each([campaignPerformance, audiencePerformance])('$name asks only for what exists', async (source) => {
    const asked = await queriesOf(source)
    expect(asked.length).toBeGreaterThan(0)
    for (const query of asked) {
      const columns = /^SELECT (.+) FROM (\w+) WHERE/.exec(query)
      const named = [...(columns?.[1] ?? '').split(', '), columns?.[2] ?? '']
      expect(named.filter((column) => !exists(column))).toEqual([])
    }
  })
})

/** The queries of a stream with all its fields, caught where they would leave. */
async function queriesOf(source: typeof campaignPerformance): Promise<string[]> {
  const queries: string[] = []
  const context = {
    connection: 'ads',
    config: config(),
    credentials: { current: () => Promise.resolve({ accessToken: 't', expiresAt: null, facts: {} }) },
    fetch: async (_: unknown, init?: RequestInit) => {
      const { query } = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as { query: string }
      if (query.includes('segments.date')) queries.push(query)
      const results = [{ customer: { id: '1', currencyCode: 'EUR', timeZone: 'Europe/Paris' } }]
      return Response.json(query.includes('FROM customer') ? { results } : { fieldMask: 'x' })
    },
    call: async (call: { send(signal: AbortSignal): Promise<never> }) =>
      call.send(new AbortController().signal),
    clock: { now: () => Date.parse('2026-11-22'), sleep: () => Promise.resolve() },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    workspace: '.',
  } as unknown as Parameters<typeof source.read>[0]
  const request = { cursor: null, fields: source.fields ?? [], signal: new AbortController().signal }
  for await (const page of source.read(context, request)) expect(page.records).toEqual([])
  return queries
}

import { z } from 'zod'
import { ga4Connector } from '../../connectors/ga4/connector.ts'
import { startGa4Sandbox } from '../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { googleAdsConnector } from '../../connectors/google-ads/connector.ts'
import { startGoogleAdsSandbox } from '../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { hubspotConnector } from '../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { metaConnector } from '../../connectors/meta/connector.ts'
import { startMetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { salesforceConnector } from '../../connectors/salesforce/connector.ts'
import { startSalesforceSandbox } from '../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { BoundDestination, Connector } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import type { Audience, DestinationRecord } from '../../core/connector/destination.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { createDirectCaller } from '../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../support/fixed-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

const accessToken = 'sandbox-token'
const { signal } = new AbortController()

/** A platform's sandbox, its limits off, and the fewest calls that a change of its members can be made with. */
interface Case {
  readonly connector: Connector
  readonly kind: string
  readonly config: JsonObject
  readonly grant?: TokenGrant
  /** People number `from` to `to`. */
  people(from: number, to: number): readonly DestinationRecord[]
  /** Calls that `joining` and `leaving` people need at least, by the platform's published batch sizes. */
  minimum(joining: number, leaving: number): number
  /** Lets written members be seen. */
  settle?(): void
  /** Not all of `size` where a person costs a call. */
  readonly size: number
  close(): Promise<void>
}

type StartCase = (size: number, clock: FixedClock) => Promise<Case>

const email = (index: number): string => `person${index}@example.com`
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)
const per = (batch: number, ...counts: readonly number[]): number =>
  counts.reduce((sum, count) => sum + Math.ceil(count / batch), 0)

/** HubSpot's list endpoints take 10,000 ids at ease (100,000 at most); contacts are read and upserted by the hundred. */
const hubspot =
  (known: boolean): StartCase =>
  async (size, clock) => {
    const contacts = range(0, known ? size : size / 2).map((index) => ({
      id: String(1000 + index),
      properties: { email: email(index) },
    }))
    const sandbox = await startHubspotSandbox({ clock, limits: 'off', accessToken, contacts })
    return {
      connector: hubspotConnector,
      kind: 'static_list',
      config: { access_token: accessToken, base_url: sandbox.url },
      people: (from, to) =>
        range(from, to).map((index) => ({
          ...((known || index < size / 2) && { key: String(1000 + index) }),
          fields: { email: email(index) },
        })),
      minimum: (joining, leaving) =>
        per(10_000, joining, leaving) + (known ? 0 : per(100, joining) + per(100, joining)),
      size,
      close: () => sandbox.close(),
    }
  }

/** Create, upload, close, look until it is done (twice here), take both results. */
const callsPerBulkJob = 7
/** Values of one IN list, as recommended; a member is taken off by the id of its row, which must be looked up. */
const idsPerQuery = 200

const salesforce: StartCase = async (size, clock) => {
  const sandbox = await startSalesforceSandbox({ clock, limits: 'off' })
  const ids = range(0, size).map(
    (index) => sandbox.org.insert('Contact', { LastName: 'Member', Email: email(index) }).id,
  )
  return {
    connector: salesforceConnector,
    kind: 'campaign',
    config: {
      login_url: sandbox.url,
      client_id: 'consumer-key',
      client_secret: 'consumer-secret',
      refresh_token: 'refresh-token',
    },
    grant: {
      accessToken: sandbox.tokens.openSession(),
      expiresAt: null,
      facts: { instance_url: sandbox.url, org_id: '00D5g000004ABCDEA4' },
    },
    people: (from, to) => range(from, to).map((index) => ({ key: ids[index] ?? '', fields: {} })),
    minimum: (joining, leaving) =>
      per(50_000, joining, leaving) * callsPerBulkJob + per(idsPerQuery, leaving),
    size,
    close: () => sandbox.close(),
  }
}

const meta: StartCase = async (size, clock) => {
  const sandbox = await startMetaSandbox({ clock, limits: 'off', accessToken })
  return {
    connector: metaConnector,
    kind: 'custom_audience',
    config: { access_token: accessToken, ad_account_id: 'act_1234567890', base_url: sandbox.url },
    people: (from, to) => range(from, to).map((index) => ({ fields: { EMAIL: email(index) } })),
    minimum: (joining, leaving) => per(10_000, joining, leaving),
    settle: () => clock.advance(25 * 3_600_000),
    size,
    close: () => sandbox.close(),
  }
}

const google: StartCase = async (size, clock) => {
  const client = { clientId: 'client', clientSecret: 'secret', refreshToken: 'refresh-token' }
  const sandbox = await startGoogleAdsSandbox({ clock, client, customerId: '1234567890', limits: 'off' })
  const response = await fetch(`${sandbox.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client.clientId,
      client_secret: client.clientSecret,
      refresh_token: client.refreshToken,
    }),
  })
  const granted = z.object({ access_token: z.string() }).parse(await response.json())
  return {
    connector: googleAdsConnector,
    kind: 'customer_match',
    config: {
      customer_id: '1234567890',
      client_id: client.clientId,
      client_secret: client.clientSecret,
      refresh_token: client.refreshToken,
      customer_match_terms_accepted: true,
      data_manager_url: sandbox.url,
      google_ads_url: sandbox.url,
      token_url: `${sandbox.url}/token`,
    },
    grant: { accessToken: granted.access_token, expiresAt: null, facts: {} },
    people: (from, to) => range(from, to).map((index) => ({ fields: { email: email(index) } })),
    minimum: (joining, leaving) => per(10_000, joining, leaving),
    size,
    close: () => sandbox.close(),
  }
}

/** A person is a request: this many show what all cost. */
const mostPeopleOfGa4 = 5000

const ga4: StartCase = async (size, clock) => {
  const sandbox = await startGa4Sandbox({
    clock,
    limits: 'off',
    accessToken,
    measurementApiSecret: 'api-secret',
  })
  return {
    connector: ga4Connector,
    kind: 'segment_events',
    config: {
      property_id: '123456789',
      client_id: 'client',
      client_secret: 'secret',
      refresh_token: 'refresh-token',
      measurement_id: 'G-SANDBOX1',
      measurement_api_secret: 'api-secret',
      base_url: sandbox.url,
    },
    grant: { accessToken, expiresAt: null, facts: {} },
    people: (from, to) => range(from, to).map((index) => ({ fields: { user_id: `crm-${index}` } })),
    minimum: (joining, leaving) => joining + leaving,
    size: Math.min(size, mostPeopleOfGa4),
    close: () => sandbox.close(),
  }
}

const cases: Readonly<Record<string, StartCase>> = {
  'HubSpot list, people known by id': hubspot(true),
  'HubSpot list, who joins is new': hubspot(false),
  'Salesforce campaign, people known by id': salesforce,
  'Meta custom audience': meta,
  'Google Customer Match': google,
  'GA4 events': ga4,
}

interface Work {
  readonly destination: BoundDestination
  readonly audience: Audience
  readonly operation: 'add' | 'remove'
}

/** Hands records over as the hub does. Returns the jobs that took them. */
async function write(work: Work, records: readonly DestinationRecord[]): Promise<ReadonlySet<string>> {
  const { destination, audience, operation } = work
  const { largeLoad } = destination
  const isLarge = operation === 'add' && largeLoad !== undefined && records.length > largeLoad.above
  const most = isLarge ? largeLoad.recordsPerBatch : destination.recordsPerBatch
  const jobs = new Set<string>()
  for (let start = 0; start < records.length; start += most) {
    const batch = records.slice(start, start + most)
    const outcomes = (await destination[operation]?.({ audience, records: batch, signal })) ?? []
    const done = outcomes.filter(({ status }) => status === 'applied' || status === 'accepted').length
    if (done !== batch.length) throw new Error(`only ${done} of ${batch.length} were taken`)
    for (const outcome of outcomes) if (outcome.status === 'accepted') jobs.add(outcome.job)
  }
  return jobs
}

async function measure(start: StartCase, wanted: number): Promise<Record<string, unknown>> {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const platform = await start(wanted, clock)
  const { connector, grant, size } = platform
  const acts = new Map<string, number>()
  const connection = connector.connect(
    {
      connection: 'bench',
      call: createDirectCaller(({ act }) => acts.set(act, (acts.get(act) ?? 0) + 1)),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '/',
      ...(grant && { credentials: { current: () => Promise.resolve(grant) } }),
    },
    platform.config,
  )
  try {
    const destination = connection.destination(platform.kind)
    const audience = await destination?.create?.({ name: 'Changed members' })
    if (!destination || !audience) throw new TypeError('no audience')
    const [leaving, joining] = [platform.people(0, size / 2), platform.people(size / 2, size)]
    await write({ destination, audience, operation: 'add' }, leaving)
    platform.settle?.()
    acts.clear()
    const added = await write({ destination, audience, operation: 'add' }, joining)
    const removed = await write({ destination, audience, operation: 'remove' }, leaving)
    const calls = [...acts.values()].reduce((sum, count) => sum + count, 0)
    const minimum = platform.minimum(joining.length, leaving.length)
    return {
      changedMembers: size,
      calls,
      minimum,
      aboveMinimum: `${((calls / minimum - 1) * 100).toFixed(1)} %`,
      callsPer100000: Math.round((calls / size) * 100_000),
      jobsToFollow: added.size + removed.size,
      byAct: Object.fromEntries(acts),
    }
  } finally {
    await platform.close()
  }
}

/**
 * Calls that `size` changed members cost at each sandbox, half of them joining and half leaving, against the fewest that the
 * platform's batch sizes allow. `docs/benchmarks.md` explains each minimum.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {}
  for (const [name, start] of Object.entries(cases)) figures[name] = await measure(start, size)
  return figures
}

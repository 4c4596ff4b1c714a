import { expect } from 'vitest'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
  type SalesforceSandboxOptions,
} from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { BoundDestination, Connection } from '../../../core/connector/connector.ts'
import type { Credentials } from '../../../core/connector/credentials.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { Cursor, SourcePage, SourceRecord } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

export const never = new AbortController().signal
export const startAt = '2026-11-22T10:00:00Z'

/** Settings that the sandbox accepts. */
export const settings = (url: string): JsonObject => ({
  login_url: url,
  client_id: 'consumer-key',
  client_secret: 'consumer-secret',
  refresh_token: 'first-refresh-token',
})

/** A connection of the connector, and every call it made. */
export interface OpenSalesforce {
  readonly connection: Connection
  readonly calls: PlatformCall[]
}

/** Connects to any address with the direct caller: each request is sent once. */
export function connectSalesforce(
  url: string,
  clock: FixedClock,
  options: { readonly config?: JsonObject; readonly credentials: Credentials },
): OpenSalesforce {
  const calls: PlatformCall[] = []
  const connection = salesforceConnector.connect(
    {
      connection: 'crm',
      call: createDirectCaller((call) => calls.push(call)),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '/',
      credentials: options.credentials,
    },
    { ...settings(url), ...options.config },
  )
  return { connection, calls }
}

export interface OpenSandbox extends OpenSalesforce {
  readonly sandbox: SalesforceSandbox
  readonly clock: FixedClock
}

/** A fresh org and a connection to it. Limits are off unless asked for. */
export async function openOrg(
  options: Partial<SalesforceSandboxOptions> = {},
  config: JsonObject = {},
): Promise<OpenSandbox> {
  const clock = createFixedClock(startAt, { autoAdvance: true })
  const sandbox = await startSalesforceSandbox({ clock, limits: 'off', ...options })
  return {
    sandbox,
    clock,
    ...connectSalesforce(sandbox.url, clock, { config, credentials: sessionOf(sandbox) }),
  }
}

/** A grant that never has to be renewed, whatever the clock says. */
export const sessionOf = (sandbox: SalesforceSandbox): Credentials => ({
  current: async () => ({
    accessToken: sandbox.tokens.openSession(),
    expiresAt: null,
    facts: { instance_url: sandbox.url, org_id: '00D5g000004ABCDEA4' },
  }),
})

export async function readAll(
  { connection }: OpenSalesforce,
  stream: string,
  request: { readonly cursor?: Cursor | null; readonly fields?: readonly string[] } = {},
): Promise<{ pages: SourcePage[]; records: SourceRecord[]; cursor: Cursor }> {
  const pages: SourcePage[] = []
  const { cursor = null, fields = ['Email'] } = request
  const source = connection.source(stream)
  if (!source) throw new Error(`no stream ${stream}`)
  for await (const page of source.read({ cursor, fields, signal: never })) pages.push(page)
  return { pages, records: pages.flatMap((page) => page.records), cursor: pages.at(-1)?.cursor ?? null }
}

export function destination({ connection }: OpenSalesforce, kind: string): BoundDestination {
  const found = connection.destination(kind)
  if (!found) throw new Error(`no destination ${kind}`)
  return found
}

export async function makeCampaign(open: OpenSalesforce, name = 'Big spenders'): Promise<Audience> {
  const audience = await destination(open, 'campaign').create?.({ name })
  if (!audience) throw new Error('the campaign was not created')
  open.calls.length = 0
  return audience
}

export const add = (
  open: OpenSalesforce,
  audience: Audience,
  records: readonly DestinationRecord[],
): Promise<readonly Outcome[]> => destination(open, 'campaign').add({ audience, records, signal: never })

export async function remove(
  open: OpenSalesforce,
  audience: Audience,
  records: readonly DestinationRecord[],
): Promise<readonly Outcome[]> {
  const outcomes = await destination(open, 'campaign').remove?.({ audience, records, signal: never })
  if (!outcomes) throw new Error('the campaign cannot remove')
  return outcomes
}

export const people = (count: number, more: JsonObject = {}): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({ fields: { Email: `p${index}@example.com`, ...more } }))

export const codes = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => ('reason' in outcome && outcome.reason ? outcome.reason.code : outcome.status))
export const keys = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => ('key' in outcome ? (outcome.key ?? '') : ''))

/** Contacts and leads on a campaign, sorted. */
export const membersOf = ({ sandbox }: OpenSandbox, audience: Audience): string[] =>
  [...sandbox.org.all('CampaignMember').values()]
    .filter(({ deleted, fields }) => !deleted && fields['CampaignId'] === audience.externalId)
    .map(({ fields }) => String(fields['ContactId'] ?? fields['LeadId']))
    .sort()

/** The error of ours that an act ends with. */
export async function failure(act: Promise<unknown>): Promise<AffluentError> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AffluentError)
  return error as AffluentError
}

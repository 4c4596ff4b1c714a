import { expect } from 'vitest'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
  type HubspotSandboxOptions,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { BoundDestination, BoundSource, Connection } from '../../../core/connector/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { Cursor, SourcePage, SourceRecord } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { Logger } from '../../../core/port/logger.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'

export const never = new AbortController().signal

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A connection of the connector, and every call it made. */
export interface OpenHubspot {
  readonly connection: Connection
  readonly calls: PlatformCall[]
  readonly list: BoundDestination
  readonly contacts: BoundSource
}

/** Configuration of the sandbox's OAuth app, beside the static token that the calls are made with. */
export const sandboxApp = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' }

/** Connects to any address with the direct caller: each request is sent once. `grant` stands for what the hub's keeper would hand out. */
export function connectHubspot(
  url: string,
  clock: FixedClock,
  config: JsonObject = {},
  grant?: TokenGrant,
): OpenHubspot {
  const calls: PlatformCall[] = []
  const connection = hubspotConnector.connect(
    {
      connection: 'crm',
      call: createDirectCaller((call) => calls.push(call)),
      fetch: globalThis.fetch,
      clock,
      logger: quiet,
      workspace: '/',
      ...(grant && { credentials: { current: async () => grant } }),
    },
    { ...(!grant && { access_token: 'sandbox-token' }), base_url: url, ...config },
  )
  const [list, contacts] = [connection.destination('static_list'), connection.source('contacts')]
  if (!list || !contacts) throw new Error('the connector lacks its list or its contacts')
  return { connection, calls, list, contacts }
}

export interface OpenSandbox extends OpenHubspot {
  readonly sandbox: HubspotSandbox
  readonly clock: FixedClock
}

/** A fresh sandbox and a connection to it. Limits are off unless asked for. */
export async function openSandbox(
  options: Partial<HubspotSandboxOptions> = {},
  config: JsonObject = {},
): Promise<OpenSandbox> {
  const clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  const sandbox = await startHubspotSandbox({ clock, limits: 'off', ...options })
  return { sandbox, clock, ...connectHubspot(sandbox.url, clock, config) }
}

export async function readAll(
  { contacts }: OpenHubspot,
  cursor: Cursor | null = null,
  fields: readonly string[] = ['email'],
): Promise<{ pages: SourcePage[]; records: SourceRecord[]; cursor: Cursor }> {
  const pages: SourcePage[] = []
  for await (const page of contacts.read({ cursor, fields, signal: never })) pages.push(page)
  return { pages, records: pages.flatMap((page) => page.records), cursor: pages.at(-1)?.cursor ?? null }
}

export async function makeList({ list }: OpenHubspot, name = 'Big spenders'): Promise<Audience> {
  const audience = await list.create?.({ name })
  if (!audience) throw new Error('the list was not created')
  return audience
}

export function add(
  { list }: OpenHubspot,
  audience: Audience,
  records: readonly DestinationRecord[],
): Promise<readonly Outcome[]> {
  return list.add({ audience, records, signal: never })
}

export async function remove(
  { list }: OpenHubspot,
  audience: Audience,
  records: readonly DestinationRecord[],
): Promise<readonly Outcome[]> {
  if (!list.remove) throw new Error('the list cannot remove')
  return list.remove({ audience, records, signal: never })
}

export const people = (count: number, more: JsonObject = {}): DestinationRecord[] =>
  Array.from({ length: count }, (_, index) => ({ fields: { email: `p${index}@example.com`, ...more } }))

export const statuses = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ status }) => status)
export const codes = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => ('reason' in outcome && outcome.reason ? outcome.reason.code : outcome.status))
export const keys = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => ('key' in outcome ? (outcome.key ?? '') : ''))

/** The error of ours that an act ends with. */
export async function failure(act: Promise<unknown>): Promise<AffluentError> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AffluentError)
  return error as AffluentError
}

import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import {
  startGa4Sandbox,
  type Ga4Sandbox,
  type Ga4SandboxOptions,
} from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import type { Connection } from '../../../core/connector/connector.ts'
import type { Cursor, SourcePage } from '../../../core/connector/source.ts'
import type { LogFields, Logger } from '../../../core/port/logger.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'

export const startAt = '2026-11-22T12:00:00Z'
export const never = new AbortController().signal

/** A connection of the GA4 connector with all that left it written down. */
export interface Ga4Connection {
  readonly connection: Connection
  readonly calls: PlatformCall[]
  readonly logs: { event: string; fields: LogFields }[]
}

const baseConfig = {
  property_id: '123456789',
  client_id: 'client',
  client_secret: 'client-secret',
  refresh_token: 'refresh-token',
  measurement_id: 'G-SANDBOX1',
  measurement_api_secret: 'sandbox-secret',
  report: { dimensions: ['sessionCampaignName'], metrics: ['sessions'], start_date: '2026-11-01' },
}

export function connectGa4(
  config: Readonly<Record<string, unknown>>,
  clock: FixedClock = createFixedClock(startAt, { autoAdvance: true }),
  accessToken = 'sandbox-token',
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Ga4Connection {
  const calls: PlatformCall[] = []
  const logs: Ga4Connection['logs'] = []
  const write = (event: string, fields: LogFields = {}): void => void logs.push({ event, fields })
  const logger: Logger = { debug: write, info: write, warn: write, error: write }
  const connection = ga4Connector.connect(
    {
      connection: 'analytics',
      call: createDirectCaller((sent) => calls.push(sent)),
      fetch,
      clock,
      logger,
      workspace: '.',
      credentials: { current: async () => ({ accessToken, expiresAt: null, facts: {} }) },
    },
    { ...baseConfig, ...config },
  )
  return { connection, calls, logs }
}

/** A sandbox and a connection to it on one clock. */
export async function openGa4(
  config: Readonly<Record<string, unknown>> = {},
  options: Partial<Ga4SandboxOptions> = {},
): Promise<Ga4Connection & { readonly sandbox: Ga4Sandbox; readonly clock: FixedClock }> {
  const clock = createFixedClock(startAt, { autoAdvance: true })
  const sandbox = await startGa4Sandbox({ clock, ...options })
  return { sandbox, clock, ...connectGa4({ base_url: sandbox.url, ...config }, clock) }
}

/** Reads a stream to its end. */
export async function readAll(
  connection: Connection,
  stream: string,
  cursor: Cursor | null = null,
  fields: readonly string[] = [],
): Promise<SourcePage[]> {
  const pages: SourcePage[] = []
  for await (const page of connection.source(stream)?.read({ cursor, fields, signal: never }) ?? [])
    pages.push(page)
  return pages
}

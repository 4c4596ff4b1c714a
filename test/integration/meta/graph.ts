import { metaConnector } from '../../../connectors/meta/connector.ts'
import type { MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { BoundDestination, Connection } from '../../../core/connector/connector.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { LogFields, Logger } from '../../../core/port/logger.ts'
import type { CallPlatform, PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'

export const startAt = '2026-11-22T00:00:00Z'
export const never = new AbortController().signal

/** A destination that has every optional part. */
type WholeDestination = {
  [Part in keyof BoundDestination]-?: Exclude<BoundDestination[Part], undefined>
}

/** A connection of the Meta connector with all that left it written down. */
export interface MetaConnection {
  readonly connection: Connection
  readonly audiences: WholeDestination
  readonly calls: PlatformCall[]
  readonly logs: { event: string; fields: LogFields }[]
}

export function connectMeta(
  baseUrl: string,
  config: JsonObject = {},
  clock: FixedClock = createFixedClock(startAt),
  call?: CallPlatform,
): MetaConnection {
  const calls: PlatformCall[] = []
  const logs: MetaConnection['logs'] = []
  const write = (event: string, fields: LogFields = {}): void => void logs.push({ event, fields })
  const logger: Logger = { debug: write, info: write, warn: write, error: write }
  const connection = metaConnector.connect(
    {
      connection: 'meta-ads',
      call: call ?? createDirectCaller((sent) => calls.push(sent)),
      fetch: globalThis.fetch,
      clock,
      logger,
      workspace: '.',
    },
    { access_token: 'sandbox-token', ad_account_id: 'act_1234567890', base_url: baseUrl, ...config },
  )
  const audiences = connection.destination('custom_audience') as WholeDestination
  return { connection, audiences, calls, logs }
}

export interface GraphReply {
  readonly status: number
  readonly headers: Headers
  /** The JSON object; empty for other answers. */
  readonly body: Record<string, unknown>
  readonly text: string
}

/** Speaks to the sandbox as any client would, without the connector. */
export async function graph(
  sandbox: MetaSandbox,
  method: string,
  path: string,
  parameters: Record<string, unknown> = {},
): Promise<GraphReply> {
  const inBody = method === 'POST'
  const query = new URLSearchParams({ access_token: 'sandbox-token' })
  if (!inBody)
    for (const [name, value] of Object.entries(parameters))
      query.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  const version = /^v\d/.test(path) ? '' : 'v25.0/'
  const response = await fetch(`${sandbox.url}/${version}${path}?${query.toString()}`, {
    method,
    ...(inBody && {
      body: JSON.stringify(parameters),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
    text,
  }
}

/** Creates an audience directly in the sandbox; returns its id. */
export async function createAudience(sandbox: MetaSandbox, name: string): Promise<string> {
  const { body } = await graph(sandbox, 'POST', 'act_1234567890/customaudiences', {
    name,
    subtype: 'CUSTOM',
    customer_file_source: 'USER_PROVIDED_ONLY',
  })
  return String(body['id'])
}

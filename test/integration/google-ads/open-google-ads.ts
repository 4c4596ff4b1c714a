import { googleAdsVersion } from 'google-ads-api'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
  type GoogleAdsSandboxOptions,
} from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import type { BoundDestination, Connection } from '../../../core/connector/connector.ts'
import type { Credentials, TokenGrant } from '../../../core/connector/credentials.ts'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { LogFields, Logger } from '../../../core/port/logger.ts'
import type { CallPlatform, PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

// Loading the SDK holds the process up for seconds, in which idle connections to the sandbox would be closed unnoticed.
if (googleAdsVersion !== 'v25') throw new Error('the SDK and the sandbox speak different versions')

export const startAt = '2026-11-22T10:00:00Z'
export const never = new AbortController().signal
export const halfAnHour = 30 * 60_000

/** A destination that has every optional part but a list of members. */
type WholeDestination = {
  [Part in keyof BoundDestination]-?: Exclude<BoundDestination[Part], undefined>
}

/** A connection of the connector with all that left it written down. */
export interface GoogleAdsConnection {
  readonly connection: Connection
  readonly lists: WholeDestination
  readonly calls: PlatformCall[]
  readonly logs: { event: string; fields: LogFields }[]
  readonly clock: FixedClock
  act(name: string, input: JsonObject): Promise<JsonObject>
}

export interface ConnectOptions {
  readonly config?: JsonObject
  readonly clock?: FixedClock
  readonly call?: CallPlatform
  /** Default: a fixed token. */
  readonly credentials?: Credentials
}

export const accessConfig = {
  client_id: 'sandbox-client',
  client_secret: 'sandbox-secret',
  refresh_token: 'sandbox-refresh',
}

/** Connects to Google's own addresses, or to those of the configuration. */
export function connectGoogleAds(options: ConnectOptions = {}): GoogleAdsConnection {
  const clock = options.clock ?? createFixedClock(startAt)
  const calls: PlatformCall[] = []
  const logs: GoogleAdsConnection['logs'] = []
  const write = (event: string, fields: LogFields = {}): void => void logs.push({ event, fields })
  const logger: Logger = { debug: write, info: write, warn: write, error: write }
  const connection = googleAdsConnector.connect(
    {
      connection: 'ads',
      call: options.call ?? createDirectCaller((sent) => calls.push(sent)),
      fetch: globalThis.fetch,
      clock,
      logger,
      workspace: '.',
      credentials: options.credentials ?? fixedCredentials('fixed-token'),
    },
    {
      ...accessConfig,
      customer_id: '123-456-7890',
      customer_match_terms_accepted: true,
      ...options.config,
    },
  )
  const act = async (name: string, input: JsonObject): Promise<JsonObject> => {
    const action = connection.action(name)
    if (!action) throw new Error(`no action ${name}`)
    return action.run(input)
  }
  return {
    connection,
    lists: connection.destination('customer_match') as WholeDestination,
    calls,
    logs,
    clock,
    act,
  }
}

function fixedCredentials(accessToken: string): Credentials {
  return { current: () => Promise.resolve({ accessToken, expiresAt: null, facts: {} }) }
}

/** A sandbox and a connection to it that renews its access by the connector's own `grant` whenever it is over. */
export interface OpenGoogleAds extends GoogleAdsConnection {
  readonly sandbox: GoogleAdsSandbox
}

export async function openGoogleAds(
  sandboxOptions: Omit<GoogleAdsSandboxOptions, 'clock'> = {},
  config: JsonObject = {},
): Promise<OpenGoogleAds> {
  const clock = createFixedClock(startAt, { autoAdvance: true })
  const sandbox = await startGoogleAdsSandbox({ ...sandboxOptions, clock })
  const whole = { ...sandboxConfig(sandbox), ...config }
  const opened = connectGoogleAds({ clock, config: whole, credentials: grantingCredentials(clock, whole) })
  return { ...opened, sandbox }
}

/** Leads to a sandbox. */
export function sandboxConfig(sandbox: GoogleAdsSandbox): JsonObject {
  return {
    data_manager_url: sandbox.url,
    google_ads_url: sandbox.url,
    token_url: `${sandbox.url}/token`,
    ...(sandbox.grpcUrl !== '' && { google_ads_grpc_url: sandbox.grpcUrl }),
  }
}

/** Access by the connector's own `grant`, renewed two minutes ahead, as the hub does. */
export function grantingCredentials(clock: FixedClock, config: JsonObject): Credentials {
  let known: TokenGrant | undefined
  return {
    async current() {
      if (known && (known.expiresAt ?? 0) - clock.now() > 120_000) return known
      known = await obtainGrant(clock, config)
      return known
    },
  }
}

/** Asks the connector for access. */
export async function obtainGrant(clock: FixedClock, config: JsonObject): Promise<TokenGrant> {
  const { grant } = googleAdsConnector
  if (!grant) throw new Error('the connector declares no grant')
  return grant(
    {
      connection: 'ads',
      call: createDirectCaller(),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '.',
    },
    { ...accessConfig, customer_id: '1234567890', ...config },
    undefined,
  )
}

export function people(count: number, from = 0): DestinationRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    fields: { email: `member${index + from}@example.com` },
  }))
}

/** Number of a list in the sandbox. */
export const listIdOf = (audience: { externalId: string }): string =>
  audience.externalId.split('/').at(-1) ?? ''

import type { BoundAuthorization, ConnectionAuthorization } from '../../core/connector/authorization.ts'
import type { Connection, Connector } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import type { QuotaReading } from '../../core/connector/rate-budget.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { ConnectionManifest } from '../../core/manifest/manifest.ts'
import { calledAddresses } from '../../core/network/called-addresses.ts'
import { checkTarget } from '../../core/network/check-target.ts'
import type { PrivateNetworks } from '../../core/network/private-networks.ts'
import type { Clock, Random } from '../../core/port/clock.ts'
import type { JsonObject } from '../../core/port/json.ts'
import type { Logger } from '../../core/port/logger.ts'
import { silentTelemetry, type Telemetry } from '../../core/port/telemetry.ts'
import {
  createCredentialsKeeper,
  type CredentialsKeeper,
  type CredentialsKeeperOptions,
} from '../net/credentials-keeper.ts'
import { addReferred, createKnownSecrets, hideSecrets, type KnownSecrets } from '../net/hide-secrets.ts'
import type { LimiterCluster } from '../net/limiter-cluster.ts'
import { createPlatformCaller } from '../net/platform-caller.ts'
import type { OnQuota } from '../net/quota-watch.ts'

export interface ConnectionsOptions {
  readonly manifests: ReadonlyMap<string, ConnectionManifest>
  readonly connectors: ReadonlyMap<string, Connector>
  /** Fills in environment and file references; its result is never stored or printed. */
  readonly resolveConfig: (config: JsonObject) => Promise<JsonObject>
  readonly folder: string
  /** Where renewed access is kept. */
  readonly grants: Pick<CredentialsKeeperOptions, 'store' | 'box' | 'holder'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
  readonly signal: AbortSignal
  /** Where addresses in the configuration may lead. Undefined: they are not checked here; the dispatcher checks each connection anyway. */
  readonly networks?: PrivateNetworks
  /** False for sandboxes whose limits are off. */
  readonly pacing?: boolean
  /** The Redis that rate budgets are shared through. */
  readonly cluster?: LimiterCluster
  /** What is open already, by what declares it: an account that two workspaces declare alike keeps its budgets. Default: nothing. */
  readonly known?: Map<string, Promise<Connection>>
  /** Hears what platforms tell of their quotas. Default: nobody does. */
  readonly onQuota?: OnQuota
  /** Sees every request to a platform, by connection. */
  readonly onCall?: (connection: string) => unknown
}

/** Opens the authorised accounts of a workspace when they are first used, and keeps them: one caller, one set of budgets each. */
export function createConnections(options: ConnectionsOptions): (name: string) => Promise<Connection> {
  const open = options.known ?? new Map<string, Promise<Connection>>()
  return (name) => {
    const declared = JSON.stringify(options.manifests.get(name) ?? name)
    const known = open.get(declared)
    if (known) return known
    const opening = openConnection(name, options)
    open.set(declared, opening)
    // What did not open is tried anew: the file that a reference names may be there by then.
    opening.catch(() => open.delete(declared))
    return opening
  }
}

/** A connector may speak to its platform by other ways than `fetch`: what it is told to call is checked before it can. */
function refuseAddresses(config: JsonObject, networks: PrivateNetworks | undefined): void {
  if (!networks) return
  for (const { address } of calledAddresses(config)) {
    const reason = checkTarget(address, networks)
    if (reason === undefined) continue
    const host = URL.canParse(address) ? new URL(address).host : '?'
    throw new PlatformError('platform.address_refused', { act: 'connecting to a platform', host, reason })
  }
}

async function openConnection(name: string, options: ConnectionsOptions): Promise<Connection> {
  const manifest = options.manifests.get(name)
  const connector = manifest && options.connectors.get(manifest.connector)
  if (!manifest || !connector) throw new TypeError(`the workspace was not validated: no connection "${name}"`)
  const config = await options.resolveConfig(manifest.config)
  refuseAddresses(config, options.networks)
  const secrets = createKnownSecrets()
  addReferred(secrets, manifest.config, config)
  const shared = {
    connection: name,
    fetch: globalThis.fetch,
    clock: options.clock,
    logger: options.logger,
    workspace: options.folder,
  }
  const callerOptions = {
    connection: name,
    budgets: connector.budgets,
    clock: options.clock,
    random: options.random,
    logger: options.logger,
    connector: connector.slug,
    telemetry: options.telemetry ?? silentTelemetry,
    signal: options.signal,
    ...(options.pacing !== undefined && { pacing: options.pacing }),
    onQuota: (budget: string, reading: QuotaReading) => options.onQuota?.(name, budget, reading),
    onCall: () => options.onCall?.(name),
  }
  const { grant } = connector
  const sharing = { ...callerOptions, ...(options.cluster && { cluster: options.cluster }) }
  if (!grant)
    return connector.connect({ ...shared, call: hideSecrets(createPlatformCaller(sharing), secrets) }, config)
  // Tokens are asked for by a caller of its own: it must not wait for the token it is to bring, nor for calls that wait for that.
  const ungranted = { ...shared, call: hideSecrets(createPlatformCaller(callerOptions), secrets) }
  const credentials = createCredentialsKeeper({
    connection: name,
    obtain: async (previous) => secrets.addGrant(await grant(ungranted, config, secrets.addGrant(previous))),
    ...options.grants,
    clock: options.clock,
    signal: options.signal,
  })
  const call = hideSecrets(createPlatformCaller({ ...sharing, credentials }), secrets)
  const current = async (): Promise<TokenGrant> => secrets.addGrant(await credentials.current())
  const connection = connector.connect({ ...shared, credentials: { current }, call }, config)
  const authorization = connector.authorization?.(ungranted, config)
  return authorization
    ? { ...connection, authorization: keepAuthorization(authorization, credentials, secrets) }
    : connection
}

function keepAuthorization(
  { scopes, address, redeem, revoke }: BoundAuthorization,
  credentials: CredentialsKeeper,
  secrets: KnownSecrets,
): ConnectionAuthorization {
  return {
    scopes,
    address,
    accept(code) {
      secrets.add(code.code, code.codeVerifier)
      return credentials.replace(async (previous) =>
        secrets.addGrant(await redeem(code, secrets.addGrant(previous))),
      )
    },
    end: () => credentials.forget((grant) => revoke(secrets.addGrant(grant))),
  }
}

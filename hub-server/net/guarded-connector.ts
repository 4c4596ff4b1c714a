import type { LookupAddress, LookupOptions } from 'node:dns'
import { lookup as resolveName } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector } from 'undici'
import { checkResolved, checkTarget } from '../../core/network/check-target.ts'
import type { PrivateNetworks } from '../../core/network/private-networks.ts'
import { RefusedTarget } from './refused-target.ts'

/** All addresses of a host's name. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>

export interface ConnectGuard {
  readonly networks: PrivateNetworks
  /** Default: as the operating system resolves names. */
  readonly resolve?: ResolveName
}

const connectTimeoutMs = 10_000

/**
 * Opens connections only to where the hub may go, and judges at the moment of connecting: what is written in the address, and then every
 * address that the name resolves to. The socket is opened to those very addresses, so no second answer of the name server counts.
 * Certificates are checked whatever the environment of the process says. Fails with `RefusedTarget` before anything is opened.
 */
export function createGuardedConnector(guard: ConnectGuard): buildConnector.connector {
  const byPort = new Map<number, buildConnector.connector>()
  return (options, callback) => {
    const { hostname, protocol, port } = options
    const fault = checkTarget(toAddress(protocol, hostname, port), guard.networks)
    if (fault !== undefined) {
      callback(new RefusedTarget(hostname, fault), null)
      return
    }
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
    const connect = byPort.get(number) ?? createConnector(guard, number)
    byPort.set(number, connect)
    connect(options, callback)
  }
}

const createConnector = (guard: ConnectGuard, port: number): buildConnector.connector =>
  buildConnector({
    timeout: connectTimeoutMs,
    lookup: createGuardedLookup(guard, port),
    // All addresses are asked for at once, and judged together.
    autoSelectFamily: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  })

/** Looks a name up for sockets to one port; it answers only when every address of the name may be connected to. */
function createGuardedLookup({ networks, resolve = resolveAll }: ConnectGuard, port: number): LookupFunction {
  return callbackify(async (name: string, _options: LookupOptions): Promise<LookupAddress[]> => {
    const found = await resolve(name)
    const addresses = found.map(({ address }) => address)
    const fault = checkResolved({ name, port }, addresses, networks)
    if (fault !== undefined) throw new RefusedTarget(name, fault)
    return [...found]
  })
}

const resolveAll: ResolveName = (name) => resolveName(name, { all: true })

/** undici hands an IPv6 address on without its brackets. */
const toAddress = (protocol: string, hostname: string, port: string): string =>
  `${protocol}//${hostname.includes(':') ? `[${hostname}]` : hostname}${port === '' ? '' : `:${port}`}`

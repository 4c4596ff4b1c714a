import { judgeAddress } from './judge-address.ts'
import { allowsAddress, allowsHost, type PrivateNetworks } from './private-networks.ts'

/**
 * Why the hub does not connect: `scheme` neither https nor, in allowed networks, http; `user_info` a name or password in the address;
 * `port` not one that services are at; `private_address` a network of one's own that is not allowed; `forbidden_address` link-local,
 * metadata, multicast and the like; `local_name` a name that the public internet does not know.
 */
export type TargetFault =
  | 'unreadable'
  | 'scheme'
  | 'user_info'
  | 'port'
  | 'private_address'
  | 'forbidden_address'
  | 'local_name'

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 }

/** Where services of the internet answer by https; the second is the usual one beside a first. */
const usualPorts: ReadonlySet<number> = new Set([443, 8443])

/** Names that are no one's on the internet (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's decision on "internal"). */
const localNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa|onion|alt|test|invalid|lan|localdomain)$/

/**
 * Judges an address by what is written in it, before anything is looked up: scheme, user information, port, host. Undefined: nothing is
 * wrong with it so far; what its name resolves to is judged by `checkResolved`.
 */
export function checkTarget(address: string, networks: PrivateNetworks): TargetFault | undefined {
  if (!URL.canParse(address)) return 'unreadable'
  const { protocol, username, password, hostname, port: written } = new URL(address)
  const defaultPort = defaultPorts[protocol]
  if (defaultPort === undefined) return 'scheme'
  if (username !== '' || password !== '') return 'user_info'
  const port = written === '' ? defaultPort : Number(written)
  const host = plainHost(hostname)
  if (allowsHost(networks, host, port)) return undefined
  const fault = checkHost(host, networks)
  if (fault !== undefined || isAllowedHere(host, networks)) return fault
  if (protocol !== 'https:') return 'scheme'
  return usualPorts.has(port) ? undefined : 'port'
}

/** What a name resolved to: every address must be public or allowed, since the one that is taken in the end could be any of them. */
export function checkResolved(
  host: { readonly name: string; readonly port: number },
  addresses: readonly string[],
  networks: PrivateNetworks,
): TargetFault | undefined {
  const isNamed = allowsHost(networks, plainHost(host.name), host.port)
  for (const address of addresses) {
    const kind = allowsAddress(networks, address) ? 'public' : judgeAddress(address)
    if (kind === 'forbidden') return 'forbidden_address'
    if (kind === 'private' && !isNamed) return 'private_address'
  }
  return undefined
}

function checkHost(host: string, networks: PrivateNetworks): TargetFault | undefined {
  if (isLiteral(host)) return checkResolved({ name: host, port: 0 }, [host], networks)
  const isLocal = localNames.test(host) || !host.includes('.')
  // Where networks are allowed, a name of theirs is for the resolver to judge.
  return isLocal && networks.ranges.length === 0 ? 'local_name' : undefined
}

/** In a network that the operator allowed by its addresses, http and other ports are as good. */
const isAllowedHere = (host: string, networks: PrivateNetworks): boolean =>
  allowsAddress(networks, host === 'localhost' ? '127.0.0.1' : host)

const isLiteral = (host: string): boolean => host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)

/** URL's parser has brought every way of writing a number to the usual one; brackets and a dot at the end say nothing. */
const plainHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replaceAll(/^\[|\]$/g, '')
    .replace(/\.$/, '')

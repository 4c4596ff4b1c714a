import {
  allowsAddress,
  noPrivateNetworks,
  parsePrivateNetworks,
  type PrivateNetworks,
} from '../../core/network/private-networks.ts'

/** Addresses of proxies in front of the hub whose word counts: of where a request came from, and whether it came over TLS. */
export type TrustedProxies = Pick<PrivateNetworks, 'ranges'>

/** The default: what a request says of its way here counts for nothing. */
export const noTrustedProxies: TrustedProxies = { ranges: noPrivateNetworks.ranges }

/**
 * Reads a list such as "127.0.0.1, 10.1.0.0/16, fd00::/8": addresses and networks, with commas or spaces between them. Undefined when an entry is
 * neither; names are none, since whoever answers for a name would be trusted, and neither is a network that holds everybody.
 */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  const networks = parsePrivateNetworks(text)
  if (!networks || networks.hosts.length > 0) return undefined
  return networks.ranges.some(([, prefix]) => prefix === 0) ? undefined : { ranges: networks.ranges }
}

/** True of the address of one of them, IPv4 in an IPv6 form included. */
export const trusts = (proxies: TrustedProxies, address: string | undefined): boolean =>
  address !== undefined && allowsAddress(proxies, address)

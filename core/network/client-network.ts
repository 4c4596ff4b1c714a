import ipaddr from 'ipaddr.js'

/**
 * Prefixes, in bits. Whoever guesses has a whole /64 of IPv6 to guess from (RFC 6177): it counts as one. What the audit log keeps is cut so that it
 * names a network and no household.
 */
const prefixes = { guess: { ipv4: 32, ipv6: 64 }, audit: { ipv4: 24, ipv6: 48 } } as const

/** The network that an address is taken for: by whoever counts guesses or, wider, by the audit log. "unknown" for what is no address. */
export function toNetwork(address: string, use: keyof typeof prefixes): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  const prefix = prefixes[use][parsed.kind()]
  const cidr = `${parsed.toString()}/${prefix}`
  const network =
    parsed.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr)
  return `${network.toString()}/${prefix}`
}

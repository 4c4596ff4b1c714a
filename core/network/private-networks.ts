import ipaddr from 'ipaddr.js'

interface AllowedHost {
  readonly name: string
  /** Undefined: any port. */
  readonly port: number | undefined
}

/** Hosts and addresses beyond the public internet that the operator lets the hub connect to. */
export interface PrivateNetworks {
  readonly hosts: readonly AllowedHost[]
  readonly ranges: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[]
}

/** The default: the public internet only. */
export const noPrivateNetworks: PrivateNetworks = { hosts: [], ranges: [] }

const hostEntry =
  /^(?<name>(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z][a-z0-9_-]{0,62})(?::(?<port>\d{1,5}))?$/

/**
 * Reads a list such as "10.1.0.0/16, ::1, crm.internal:8443": addresses, networks with the length of their prefix, and names with or
 * without a port, with commas or spaces between them. Undefined when an entry is none of these.
 */
export function parsePrivateNetworks(text: string): PrivateNetworks | undefined {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
  const hosts: AllowedHost[] = []
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []
  for (const entry of entries) {
    const range = toRange(entry)
    const host = range ? undefined : toHost(entry)
    if (range) ranges.push(range)
    else if (host) hosts.push(host)
    else return undefined
  }
  return { hosts, ranges }
}

function toRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(entry) || ipaddr.IPv6.isValidCIDR(entry))
    return ipaddr.parseCIDR(entry)
  if (ipaddr.IPv4.isValidFourPartDecimal(entry)) return [ipaddr.parse(entry), 32]
  return ipaddr.IPv6.isValid(entry) ? [ipaddr.parse(entry), 128] : undefined
}

function toHost(entry: string): AllowedHost | undefined {
  const { name, port } = hostEntry.exec(entry)?.groups ?? {}
  if (name === undefined) return undefined
  if (port === undefined) return { name, port: undefined }
  return Number(port) >= 1 && Number(port) <= 65_535 ? { name, port: Number(port) } : undefined
}

/** True when the list names this host, at this port. */
export function allowsHost({ hosts }: PrivateNetworks, hostname: string, port: number): boolean {
  return hosts.some(({ name, port: only }) => name === hostname && (only === undefined || only === port))
}

/** True when the list holds this IP address, or a network that it is in. */
export function allowsAddress({ ranges }: Pick<PrivateNetworks, 'ranges'>, text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return ranges.some(
    ([network, prefix]) => address.kind() === network.kind() && address.match(network, prefix),
  )
}

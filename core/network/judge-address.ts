import ipaddr from 'ipaddr.js'

/**
 * What an IP address leads to: `public` the internet; `private` a network of one's own or this machine, which an operator may allow;
 * `forbidden` what no platform is ever at, and what nobody can allow by a host's name.
 */
export type AddressKind = 'public' | 'private' | 'forbidden'

const privateRanges: ReadonlySet<string> = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal'])

/**
 * Where clouds answer each of their machines with its credentials, beyond the link-local addresses: Azure
 * (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16), Alibaba, and AWS and Google by IPv6.
 */
const metadataAddresses: ReadonlySet<string> = new Set([
  '168.63.129.16',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd20:ce::254',
])

/** Global unicast, the only part of IPv6 that is handed out: https://www.iana.org/assignments/ipv6-address-space. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Addresses that stand for an IPv4 address: https://www.rfc-editor.org/rfc/rfc6052#section-2.1. */
const translated = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/** Judges an IPv4 or IPv6 address as it is usually written, with or without a zone. What is no address is forbidden. */
export function judgeAddress(text: string): AddressKind {
  const written = withoutZone(text)
  if (!ipaddr.isValid(written)) return 'forbidden'
  const address = ipaddr.process(written)
  if (metadataAddresses.has(address.toString())) return 'forbidden'
  if (privateRanges.has(address.range())) return 'private'
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast' ? 'public' : 'forbidden'
  // A network without IPv4 reaches the internet by these; nobody reaches a network of their own by them.
  if (address.match(translated))
    return judgeAddress(lastFourBytes(address)) === 'public' ? 'public' : 'forbidden'
  return address.range() === 'unicast' && address.match(globalUnicast) ? 'public' : 'forbidden'
}

const lastFourBytes = (address: ipaddr.IPv6): string => address.toByteArray().slice(-4).join('.')

const withoutZone = (text: string): string => text.split('%')[0] ?? text

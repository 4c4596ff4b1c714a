import ipaddr from 'ipaddr.js'

/** "203.0.113.7:4711" and "[2001:db8::1]:4711": some proxies write the port, too. */
const withPort = /^(?:(?<ipv4>\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[(?<ipv6>[0-9a-f:.]+)\](?::\d{1,5})?)$/i

/**
 * An IP address in its one usual form, IPv4 in an IPv6 form as IPv4, without a port. Undefined for anything else; shorter and older spellings of
 * IPv4 ("127.1", "0x7f000001") are none.
 */
export function parseAddress(text = ''): string | undefined {
  const { ipv4, ipv6 } = withPort.exec(text)?.groups ?? {}
  const bare = ipv4 ?? ipv6 ?? text
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare)
  return isAddress ? ipaddr.process(bare).toString() : undefined
}

import { isIPv4 } from 'node:net'

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * True when a Host header names this machine. A page in a browser can be made to call 127.0.0.1 under a name of the attacker's
 * (DNS rebinding); the header then still carries that name.
 */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  const match = /^(?:\[(?<ipv6>[0-9a-f:]+)\]|(?<name>[a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header ?? '')
  const host = match?.groups?.['ipv6'] ?? match?.groups?.['name']
  return host !== undefined && isLoopback(host.toLowerCase())
}

import type { Request } from 'express'
import { parseAddress } from '../../core/network/parse-address.ts'

/**
 * Where a request came from: the right-most address in front of the proxies that are trusted, else the address it was connected from. Whom to trust
 * is told to the application (`createClientGuard`); of what others say of themselves nothing is read.
 */
export function readClientAddress({ ip, socket }: Pick<Request, 'ip' | 'socket'>): string {
  return parseAddress(ip) ?? parseAddress(socket.remoteAddress) ?? 'unknown'
}

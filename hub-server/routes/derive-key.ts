import { hkdfSync } from 'node:crypto'

/** A key of 256 bits for one purpose (HKDF, RFC 5869): it tells nothing of the secret or of other keys. */
export const deriveKey = (secret: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))

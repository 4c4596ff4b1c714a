import { hash } from 'node:crypto'

/** How the hashes of a request are written; one encoding for the whole request. */
export type HashEncoding = 'hex' | 'base64'

/** SHA-256 of a text's UTF-8 bytes in lower-case hex or in Base64, as Google matches it. */
export function sha256(text: string, encoding: HashEncoding): string {
  return hash('sha256', text, encoding)
}

/** SHA-256 of nothing: what a careless pipeline sends for a person without the value. It would name nobody, or everybody. */
const hashOfNothing = sha256('', 'hex')

/**
 * A value that is a SHA-256 already, in hex or Base64, written in the wanted encoding: nothing is hashed twice. Undefined when it is
 * no hash; null when it is the hash of nothing.
 */
export function readHash(text: string, encoding: HashEncoding): string | undefined | null {
  const bytes = hashBytes(text)
  if (!bytes) return undefined
  return bytes.toString('hex') === hashOfNothing ? null : bytes.toString(encoding)
}

function hashBytes(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}

import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Tells whether an Authorization header carries the token. Digests of equal length are compared in constant time, so that neither
 * the content nor the length of the token can be guessed from the time the answer takes.
 */
export function hasBearerToken(header: string | undefined, token: string): boolean {
  const shown = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(shown), digest(token))
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

import { sha256 } from '../store/sha256.ts'

/**
 * The token that forms and scripts of our own pages send with every unsafe request, derived from the digest of the cookie's secret:
 * another site can neither read the cookie nor compute it, and whoever learns it has not learnt the cookie.
 */
export function toCsrfToken(cookieDigest: string): string {
  return sha256(`csrf ${cookieDigest}`)
}

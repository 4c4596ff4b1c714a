import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Principal } from './principal.ts'

/** How long a proof of who somebody is counts as recent, in seconds: short enough that a session which somebody else took over is of little use. */
const proofSeconds = 900

/** True of a proof at this instant, both in epoch milliseconds. */
export const isRecentProof = (provenAt: number, now: number): boolean => now - provenAt <= proofSeconds * 1000

/**
 * Asks whoever acts by a session to have proven lately that it is them (step-up authentication, RFC 9470; OWASP ASVS 7.5.3). Keys of programs and the
 * person at this machine show their proof with each request. Throws `access.proof_needed`.
 */
export function requireRecentProof(principal: Principal): void {
  if (principal.kind === 'user' && !principal.isProven)
    throw new AffluentError('access.proof_needed', { max_age: proofSeconds })
}

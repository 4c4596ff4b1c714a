import type { Clock } from '../../../core/port/clock.ts'

/** The OAuth app that the sandbox knows. */
export interface SandboxApp {
  readonly clientId: string
  readonly clientSecret: string
  /** Refresh tokens that are good. Delete one to revoke it: it then answers BAD_REFRESH_TOKEN. */
  readonly refreshTokens: Set<string>
  /** Whose account the tokens open. */
  hubId: number
  /** What is granted at the next refresh. */
  readonly grantedScopes: string[]
}

interface IssuedToken {
  readonly kind: 'account' | 'app'
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** Tokens of the sandbox. An access token lives 30 minutes (chapter 1.1). */
export interface TokenStore {
  issue(kind: IssuedToken['kind'], scopes: readonly string[]): string
  /** Undefined for a token that was never issued. */
  look(token: string): (IssuedToken & { readonly isExpired: boolean }) | undefined
  /** Ends all that were issued. */
  revokeAll(): void
}

/** Lifetime of an access token, in seconds. */
export const tokenLifeSeconds = 1800

export function createTokenStore(clock: Clock): TokenStore {
  const issued = new Map<string, IssuedToken>()
  let count = 0
  return {
    issue(kind, scopes) {
      count += 1
      // A token can be about 300 characters long.
      const token = `sandbox-${kind}-token-${count}-${'x'.repeat(260)}`
      issued.set(token, { kind, scopes: [...scopes], expiresAt: clock.now() + tokenLifeSeconds * 1000 })
      return token
    },
    look(token) {
      const found = issued.get(token)
      return found && { ...found, isExpired: clock.now() >= found.expiresAt }
    },
    revokeAll: () => issued.clear(),
  }
}

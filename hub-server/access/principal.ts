import type { Role } from '../../core/port/access-store.ts'
import type { ApiKeyScope } from './permissions.ts'

/** A person who signed in at this hub. */
export interface UserPrincipal {
  readonly kind: 'user'
  readonly id: string
  readonly name: string
  readonly role: Role
  /** Digest of the reference token of the session: names the session, opens nothing. */
  readonly session: string
  /** Whether they proved within the last quarter of an hour that it is them. */
  readonly isProven: boolean
}

/** A program that shows an API key. */
export interface ApiKeyPrincipal {
  readonly kind: 'api_key'
  readonly id: string
  readonly name: string
  readonly scopes: readonly ApiKeyScope[]
  /** Actor who made it and answers for it. */
  readonly owner: string
}

/** The person at this machine, who can read the data folder: its token is `data/local-token`. */
interface LocalPrincipal {
  readonly kind: 'local'
  /** Name of the system user. */
  readonly name: string
}

/**
 * Who is calling. Everything that asks for a permission is handed one; what tells nobody apart (health, webhooks, event intake) is not.
 */
export type Principal = UserPrincipal | ApiKeyPrincipal | LocalPrincipal

/** The principal as the audit log names it: "user:Ada", "api_key:nightly", "cli:ada". */
export function toActor(principal: Principal): string {
  return principal.kind === 'local' ? `cli:${principal.name}` : `${principal.kind}:${principal.name}`
}

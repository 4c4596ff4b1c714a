import type { ConnectorContext } from './connector.ts'

/** What a platform granted at an authorisation or refresh. */
export interface TokenGrant {
  readonly accessToken: string
  /** Epoch milliseconds; null when the platform does not say. */
  readonly expiresAt: number | null
  /** The new refresh token where the platform hands one out. Absent: the old one stays good. */
  readonly refreshToken?: string
  /** What came with it and is no secret: account id, instance address, granted scopes. */
  readonly facts: Readonly<Record<string, string>>
}

/**
 * Access that must be renewed. The hub keeps the grant sealed in the control store, renews it ahead of its end, one renewal at a
 * time for a connection across all processes, and writes the new grant durably before anybody uses it.
 */
export interface Credentials {
  /** A grant that is good for at least two more minutes. Throws `platform.auth_expired` when a person must reconnect. */
  current(): Promise<TokenGrant>
}

/**
 * Obtains a grant from the platform: by refresh token, client credentials or assertion. `previous` is the last grant, if there is
 * one. Throws `platform.auth_expired` only for what a person must mend (`invalid_grant`), `platform.transient` for all else.
 */
export type ObtainGrant<Config> = (
  context: Omit<ConnectorContext<Config>, 'credentials'>,
  previous: TokenGrant | undefined,
) => Promise<TokenGrant>

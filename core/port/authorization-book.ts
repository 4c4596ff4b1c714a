/** Somebody who was sent to authorise a connection. Tokens are known by their SHA-256, lower-case hexadecimal; instants are epoch milliseconds. */
export interface AuthorizationTicket {
  /** Digest of the link that begins it. */
  readonly ticket: string
  readonly connection: string
  /** As the audit log names them. */
  readonly actor: string
  /** Who must be signed in when the link is opened; null: whoever was handed the link, as it was made at the hub's own machine. */
  readonly userId: string | null
  readonly expiresAt: number
}

/** The way to the platform and back, once the link was opened. */
interface AuthorizationVisit {
  /** Digest of the parameter `state`. */
  readonly state: string
  /** Digest of the cookie of the browser that opened the link. */
  readonly browser: string
  /** PKCE verifier (RFC 7636), sealed. */
  readonly verifier: string
}

/** Authorisations under way. */
export interface AuthorizationBook {
  createTicket(ticket: AuthorizationTicket): Promise<void>
  /** The ticket as it stands. Undefined for one that was used or is over. */
  ticket(digest: string, now: number): Promise<AuthorizationTicket | undefined>
  /** Uses the link up. False when somebody else did. */
  visit(digest: string, visit: AuthorizationVisit): Promise<boolean>
  /** Uses the visit up. Undefined for one that was used or is over. */
  takeVisit(state: string, now: number): Promise<(AuthorizationTicket & AuthorizationVisit) | undefined>
}

import type { AuditFact } from '../audit/audit-entry.ts'

/** Roles of users, from the one that sees least. */
export const roles = ['viewer', 'operator', 'admin', 'auditor'] as const
export type Role = (typeof roles)[number]

/** A person who may use the hub. Instants are epoch milliseconds. */
export interface User {
  readonly id: string
  /** Never given twice, to whatever spelling: the audit log names people by it. */
  readonly name: string
  readonly email: string | null
  readonly role: Role
  /** `invited`: has not chosen a password yet; `removed`: kept for the audit log. */
  readonly state: 'invited' | 'active' | 'removed'
  /** Who it is at the identity provider; null for people with a password of the hub's own. */
  readonly identity: Identity | null
  readonly createdAt: number
  readonly createdBy: string
}

/** A person at an identity provider. E-mails change hands and are no proof of identity; these two together are. */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

/** What an open session is bound to. */
export interface Session {
  /** Digest of its token. */
  readonly digest: string
  readonly userId: string
  /** Digest of the User-Agent header. */
  readonly userAgent: string
  readonly createdAt: number
  readonly usedAt: number
  /** When its person last proved who they are; 0: nobody said when. */
  readonly provenAt: number
  /** The kind of browser, for its person to know it again: "Firefox, Linux"; "" when nobody can tell. */
  readonly browser: string
  /** The network it was begun from; "" for a session of an earlier version. */
  readonly network: string
}

/** A link that opens the choice of a password, once. Without a user it makes an administrator. */
export interface AccessLink {
  readonly digest: string
  readonly userId: string | null
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
}

/** A sign-in under way at the identity provider. */
export interface SignInAttempt {
  /** Digest of the `state` parameter. */
  readonly digest: string
  /** Digest of the cookie of the browser that began it. */
  readonly browser: string
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
  readonly expiresAt: number
  /** Digest of the session whose person proves once more that it is them; null: somebody signs in. */
  readonly proves: string | null
}

/** What a change of a user may carry with it. */
interface UserChange {
  readonly role?: Role
  readonly state?: User['state']
  readonly password?: string
  readonly email?: string | null
}

/** Users, sessions and links; every change of a user stands in the audit log. Tokens are known by their SHA-256, lower-case hexadecimal. */
export interface AccessStore {
  /** By name. */
  users(): Promise<User[]>
  user(id: string): Promise<User | undefined>
  /** By any spelling of the name. */
  userByName(name: string): Promise<User | undefined>
  userByIdentity(identity: Identity): Promise<User | undefined>
  /** The hash of the password; undefined when the user has none. */
  passwordHash(userId: string): Promise<string | undefined>
  /**
   * `link`, a digest, is used up with it. False, and nothing written, when the link is gone, or the name was given or the identity is known.
   */
  createUser(user: User, how: { fact: AuditFact; password?: string; link?: string }): Promise<boolean>
  /** Ends all sessions of the user with it. False, and nothing written, when the link is gone. */
  changeUser(id: string, change: UserChange, how: { fact: AuditFact; link?: string }): Promise<boolean>

  createSession(session: Session, fact: AuditFact): Promise<void>
  session(digest: string): Promise<Session | undefined>
  /** Last used first, those that are over by time included. */
  sessionsOf(userId: string): Promise<Session[]>
  touchSession(digest: string, usedAt: number): Promise<void>
  /** False, and nothing written, when it has ended. */
  endSession(digest: string, fact: AuditFact): Promise<boolean>

  createLink(link: AccessLink, fact: AuditFact): Promise<void>
  /** Undefined for a link that was used or is over. */
  link(digest: string, now: number): Promise<AccessLink | undefined>

  createAttempt(attempt: SignInAttempt): Promise<void>
  /** Uses the attempt up. Undefined for one that was used or is over. */
  takeAttempt(digest: string, now: number): Promise<SignInAttempt | undefined>
}

import type { AuditFact } from '../../core/audit/audit-entry.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toNetwork } from '../../core/network/client-network.ts'
import type { Session, User } from '../../core/port/access-store.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { sha256 } from '../store/sha256.ts'
import { describeBrowser } from './describe-browser.ts'
import type { UserPrincipal } from './principal.ts'
import { isRecentProof } from './recent-proof.ts'
import { createToken } from './token.ts'

/** Limits of a session in milliseconds (OWASP ASVS 7.3): without use, and at all. */
const idleMs = 30 * 60_000
const longestMs = 12 * 3_600_000

/** How exactly the last use is kept: a write per request would be no use to anybody. */
const touchMs = 30_000

/** Digits of the digest that name a session to its person. */
const idDigits = 12

/** Why a session ended before its time. */
type SessionEnd = 'signed_out' | 'idle' | 'too_long' | 'other_browser' | 'proven_again' | 'ended_from_another'

/** How somebody proved who they are, and where from. */
export interface Proof {
  readonly how: 'password' | 'oidc' | 'link'
  readonly userAgent: string
  /** The network of it goes into the audit log. */
  readonly address: string
  /** When, in epoch milliseconds; 0: nobody said when. */
  readonly provenAt: number
}

/** A session as its person sees it. */
export interface OwnSession extends Pick<Session, 'createdAt' | 'usedAt' | 'browser' | 'network'> {
  /** Names it among those of its person: the first digits of its digest, which open nothing. */
  readonly id: string
  /** The one that asks. */
  readonly isThis: boolean
}

export interface SessionBook {
  /** Opens a session for somebody who proved who they are. Returns its token, which is kept nowhere. */
  open(user: User, proof: Proof): Promise<string>
  /** Who the token stands for; undefined when it stands for nobody, any more or at all. */
  find(token: string, userAgent: string): Promise<UserPrincipal | undefined>
  /** Sessions of the same person that are in force: the one that asks, then last used first. */
  list(principal: UserPrincipal): Promise<readonly OwnSession[]>
  /** Ends another session of the same person, by its id. Throws `api.object_unknown`. */
  endOther(principal: UserPrincipal, id: string): Promise<void>
  /** Ends it: the person left, or goes on in another one under a new token. */
  end(principal: UserPrincipal, reason: 'signed_out' | 'proven_again'): Promise<void>
}

/**
 * Sessions under reference tokens of 256 bits. One ends when it is not used for 30 minutes, 12 hours after it began, when another
 * browser shows its token, and, in the store, with every change of its user.
 */
export function createSessionBook(control: ControlStore, clock: Clock): SessionBook {
  return {
    async open(user, { how, userAgent, address, provenAt }) {
      const token = createToken()
      const now = clock.now()
      const network = toNetwork(address, 'audit')
      const session: Session = {
        digest: sha256(token),
        userId: user.id,
        userAgent: sha256(userAgent),
        createdAt: now,
        usedAt: now,
        provenAt: Math.min(provenAt, now),
        browser: describeBrowser(userAgent),
        network,
      }
      await control.createSession(session, toFact(user, now, 'session_started', { how, network }))
      return token
    },
    async find(token, userAgent) {
      const session = await control.session(sha256(token))
      const user = session && (await control.user(session.userId))
      if (!session || user?.state !== 'active') return undefined
      const reason = findEnd(session, sha256(userAgent), clock.now())
      if (reason !== undefined) {
        await control.endSession(session.digest, toFact(user, clock.now(), 'session_ended', { reason }))
        return undefined
      }
      if (clock.now() - session.usedAt >= touchMs) await control.touchSession(session.digest, clock.now())
      return toPrincipal(user, session, clock.now())
    },
    ...createOwnSessions(control, clock),
    async end(principal, reason) {
      await control.endSession(principal.session, toFact(principal, clock.now(), 'session_ended', { reason }))
    },
  }
}

/** What somebody sees of their own sessions, and ends of the others. */
function createOwnSessions(control: ControlStore, clock: Clock): Pick<SessionBook, 'list' | 'endOther'> {
  return {
    async list({ id, session: asking }) {
      const found = await control.sessionsOf(id)
      return found
        .filter((session) => findEnd(session, session.userAgent, clock.now()) === undefined)
        .map((session) => toOwnSession(session, asking))
        .sort((one, other) => Number(other.isThis) - Number(one.isThis))
    },
    async endOther(principal, id) {
      const reason = 'ended_from_another' satisfies SessionEnd
      const other = (await control.sessionsOf(principal.id)).find(
        ({ digest }) => toId(digest) === id && digest !== principal.session,
      )
      const fact = toFact(principal, clock.now(), 'session_ended', { reason })
      if (!other || !(await control.endSession(other.digest, fact)))
        throw new AffluentError('api.object_unknown')
    },
  }
}

const toId = (digest: string): string => digest.slice(0, idDigits)

const toOwnSession = (
  { digest, createdAt, usedAt, browser, network }: Session,
  asking: string,
): OwnSession => ({ id: toId(digest), isThis: digest === asking, createdAt, usedAt, browser, network })

function findEnd(session: Session, userAgent: string, now: number): SessionEnd | undefined {
  if (session.userAgent !== userAgent) return 'other_browser'
  if (now - session.createdAt >= longestMs) return 'too_long'
  return now - session.usedAt >= idleMs ? 'idle' : undefined
}

function toFact(
  { name }: Pick<User, 'name'>,
  at: number,
  action: string,
  details: Readonly<Record<string, string>>,
): AuditFact {
  return { at, actor: `user:${name}`, action, object: `user/${name}`, details }
}

const toPrincipal = (
  { id, name, role }: User,
  { digest, provenAt }: Session,
  now: number,
): UserPrincipal => ({
  kind: 'user',
  id,
  name,
  role,
  session: digest,
  isProven: isRecentProof(provenAt, now),
})

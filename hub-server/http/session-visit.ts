import type { Request, Response } from 'express'
import type { AffluentError } from '../../core/errors/affluent-error.ts'
import type { User } from '../../core/port/access-store.ts'
import type { AttemptLimit } from '../access/attempt-limit.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { OidcClient } from '../access/oidc-client.ts'
import type { UserPrincipal } from '../access/principal.ts'
import type { AccessPorts } from '../access/second-person.ts'
import type { Proof, SessionBook } from '../access/session-book.ts'
import { createToken } from '../access/token.ts'
import type { Translator } from '../locales/translate.ts'
import { readClientAddress } from './client-address.ts'
import { readCredentials } from './credentials.ts'
import type { FormReader } from './read-form.ts'
import type { CookieJar } from './session-cookie.ts'

/** What the pages of signing in need. */
export interface SessionPorts extends AccessPorts {
  readonly authenticator: Authenticator
  readonly sessions: SessionBook
  readonly cookies: CookieJar
  readonly limit: AttemptLimit
  /** Undefined: there is no single sign-on. */
  readonly oidc: OidcClient | undefined
  /** Where the identity provider sends people back to. */
  readonly callbackUrl: string
}

/** One request of a page on its way. */
export interface Visit {
  readonly request: Request
  readonly response: Response
  readonly translator: Translator
}

/** Answers a visit. */
export type Handle = (visit: Visit) => Promise<void>

/** Says how long to wait, where the error knows. */
export function setWait(response: Response, { params }: AffluentError): void {
  const seconds = params['retry_after']
  if (seconds !== undefined) response.set('Retry-After', String(seconds))
}

/** The browser's own secret before anybody signed in; a new one where it has none. */
export function visitOf({ cookies }: SessionPorts, { request, response }: Visit): string {
  const known = cookies.visit.read(request.headers.cookie)
  // Only what this hub can have made: anything else would be somebody's choice.
  if (known !== undefined && /^[\w-]{43}$/.test(known)) return known
  const made = createToken()
  response.append('Set-Cookie', cookies.visit.set(made))
  return made
}

/** A form of a page: what it says, after it was proven that it is ours. */
export async function readOwnForm(
  ports: SessionPorts,
  { request }: Visit,
  { readForm, cookie }: { readonly readForm: FormReader; readonly cookie: string | undefined },
): Promise<(field: string) => string> {
  const field = await readForm(request)
  ports.authenticator.checkOwnPage({ ...readCredentials(request), csrfToken: field('csrf_token') }, cookie)
  return field
}

/** A parameter of the address, when it is given once. */
export const queryText = (request: Request, name: string): string | undefined => {
  const value = request.query[name]
  return typeof value === 'string' ? value : undefined
}

/** Who is signed in; undefined after sending whoever is not to the sign-in page. */
export async function findVisitor(
  { cookies, sessions }: SessionPorts,
  { request, response }: Visit,
): Promise<UserPrincipal | undefined> {
  const cookie = cookies.session.read(request.headers.cookie)
  const principal = cookie && (await sessions.find(cookie, request.get('user-agent') ?? ''))
  if (principal) return principal
  response.append('Set-Cookie', cookies.session.clear())
  response.redirect(303, '/sign-in')
  return undefined
}

/** Somebody who proved who they are. */
interface Entering {
  readonly user: User
  readonly how: Proof['how']
  /** Where they go. */
  readonly to: string
  /** When they proved it, in epoch milliseconds; 0: nobody said when. Default: now. */
  readonly provenAt?: number
  /** The session that this one takes the place of. */
  readonly instead?: UserPrincipal
}

/** Opens a session, under a new token whatever the browser showed, and goes on. */
export async function enter(
  { sessions, cookies, clock }: SessionPorts,
  { request, response }: Visit,
  { user, how, to, provenAt = clock.now(), instead }: Entering,
): Promise<void> {
  if (instead) await sessions.end(instead, 'proven_again')
  const token = await sessions.open(user, {
    how,
    userAgent: request.get('user-agent') ?? '',
    address: readClientAddress(request),
    provenAt,
  })
  response.append('Set-Cookie', cookies.session.set(token))
  response.append('Set-Cookie', cookies.visit.clear())
  response.redirect(303, to)
}

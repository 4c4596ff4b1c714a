import type { Request, Response } from 'express'
import type { AffluentError } from '../../core/errors/affluent-error.ts'
import type { User } from '../../core/port/access-store.ts'
import type { AttemptLimit } from '../access/attempt-limit.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { OidcClient } from '../access/oidc-client.ts'
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

/** What a request tells of a proof. */
const toProof = (request: Request, how: Proof['how']): Proof => ({
  how,
  userAgent: request.get('user-agent') ?? '',
  address: readClientAddress(request),
})

/** Opens a session, under a new token whatever the browser showed, and goes on. */
export async function enter(
  { sessions, cookies }: SessionPorts,
  { request, response }: Visit,
  { user, how, to }: { readonly user: User; readonly how: Proof['how']; readonly to: string },
): Promise<void> {
  const token = await sessions.open(user, toProof(request, how))
  response.append('Set-Cookie', cookies.session.set(token))
  response.append('Set-Cookie', cookies.visit.clear())
  response.redirect(303, to)
}

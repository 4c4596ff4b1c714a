import { createHash } from 'node:crypto'
import type { ConnectionAuthorization } from '../../core/connector/authorization.ts'
import type { Connection } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { AuthorizationTicket } from '../../core/port/authorization-book.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import { createToken } from '../access/token.ts'
import { sha256 } from '../store/sha256.ts'

/** Long enough to sign in at the platform and to read what is asked for. */
const ticketMs = 10 * 60_000

export interface InstallPorts {
  readonly control: ControlStore
  /** Seals verifiers. */
  readonly box: Sealer
  readonly connect: (name: string) => Promise<Connection>
  /** Names of the connections in force. */
  readonly names: ReadonlySet<string>
  /** Where browsers reach the hub, without a slash at its end. */
  readonly address: string
  readonly clock: Clock
}

/** Whoever begins an authorisation. */
export interface Beginner {
  readonly actor: string
  /** Of a signed-in user; null: the person at this machine, or an API key. */
  readonly userId: string | null
}

/** A link that begins an authorisation, once. */
export interface AuthorizationLink {
  readonly url: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * Makes the link that sends somebody to the platform. Throws `usage.wrong` with the names there are, and `install.not_by_browser` for a connection whose
 * configuration holds all access there is.
 */
export async function beginAuthorization(
  ports: InstallPorts,
  connection: string,
  { actor, userId }: Beginner,
): Promise<AuthorizationLink> {
  await requireAuthorization(ports, connection)
  const token = createToken()
  const expiresAt = ports.clock.now() + ticketMs
  await ports.control.createTicket({ ticket: sha256(token), connection, actor, userId, expiresAt })
  const fact = { at: ports.clock.now(), actor, action: 'authorization_link_made' }
  await ports.control.appendAudit({ ...fact, object: `connection/${connection}`, details: {} })
  return { url: `${ports.address}/install/${token}`, expiresAt }
}

/** Where a link leads. */
export interface AuthorizationGoal {
  readonly connection: string
  /** Of the platform: "app.hubspot.com". */
  readonly host: string
  /** What is asked for there. */
  readonly scopes: readonly string[]
}

/** Tells where a link leads, and leaves it as it is: mail scanners and previews of messages look at links too. Throws as `openAuthorization`. */
export async function findAuthorization(
  ports: InstallPorts,
  token: string,
  userId: string | null,
): Promise<AuthorizationGoal> {
  const { connection } = await findTicket(ports, token, userId)
  const { connector, authorization } = await requireAuthorization(ports, connection)
  const address = authorization.address({
    state: '',
    redirectUrl: redirectUrl(ports, connector),
    codeChallenge: '',
  })
  return { connection, host: new URL(address).host, scopes: authorization.scopes }
}

async function findTicket(
  { control, clock }: InstallPorts,
  token: string,
  userId: string | null,
): Promise<AuthorizationTicket> {
  const ticket = await control.ticket(sha256(token), clock.now())
  if (ticket && (ticket.userId === null || ticket.userId === userId)) return ticket
  throw new AffluentError('install.link_unusable')
}

/**
 * Uses the link up in a browser and returns the platform's address. Throws `install.link_unusable` for a link that was used, is over, or
 * was made for somebody else.
 */
export async function openAuthorization(
  ports: InstallPorts,
  token: string,
  who: { readonly browser: string; readonly userId: string | null },
): Promise<string> {
  const ticket = await findTicket(ports, token, who.userId)
  const { connector, authorization } = await requireAuthorization(ports, ticket.connection)
  const [state, verifier] = [createToken(), createToken()]
  const visit = {
    state: sha256(state),
    browser: sha256(who.browser),
    verifier: ports.box.seal(verifier, verifierPlace(sha256(state))),
  }
  if (!(await ports.control.visit(ticket.ticket, visit))) throw new AffluentError('install.link_unusable')
  return authorization.address({
    state,
    redirectUrl: redirectUrl(ports, connector),
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  })
}

/** What came back from the platform. */
export interface AuthorizationReturn {
  /** The connector in the address: each platform has an address of its own, so that none can answer for another. */
  readonly connector: string
  readonly state: string
  /** Undefined: the person said no, or the platform did. */
  readonly code: string | undefined
  /** The cookie of the browser. */
  readonly browser: string | undefined
}

/** An account that was authorised. */
export interface Authorized {
  readonly connection: string
  readonly granted: readonly string[]
  /** Scopes that the connector needs and did not get. */
  readonly missing: readonly string[]
}

/**
 * Ends an authorisation: exchanges the code and keeps the access. Throws `install.return_refused` for whatever does not belong to a visit
 * that this browser began here, `install.declined`, and what the platform says.
 */
export async function endAuthorization(
  ports: InstallPorts,
  { connector: named, state, code, browser }: AuthorizationReturn,
): Promise<Authorized> {
  const { control, clock, box } = ports
  const visit = await control.takeVisit(sha256(state), clock.now())
  if (!visit || browser === undefined || sha256(browser) !== visit.browser)
    throw new AffluentError('install.return_refused')
  const { connector, authorization } = await requireAuthorization(ports, visit.connection)
  if (connector !== named) throw new AffluentError('install.return_refused')
  if (code === undefined) throw new AffluentError('install.declined', { connection: visit.connection })
  const grant = await authorization.accept({
    code,
    redirectUrl: redirectUrl(ports, connector),
    codeVerifier: box.open(visit.verifier, verifierPlace(visit.state)),
  })
  const granted = scopesOf(grant)
  const missing = authorization.scopes.filter((scope) => !granted.includes(scope))
  await noteAuthorized(ports, visit, { granted, missing })
  return { connection: visit.connection, granted, missing }
}

/** Ends access at the platform and forgets it here. Returns false where there was none. Throws what the platform says. */
export async function disconnect(ports: InstallPorts, connection: string, actor: string): Promise<boolean> {
  const { authorization } = await requireAuthorization(ports, connection, 'disconnecting an account')
  const ended = await authorization.end()
  const at = ports.clock.now()
  const object = `connection/${connection}`
  if (ended)
    await ports.control.appendAudit({ at, actor, action: 'connection_disconnected', object, details: {} })
  return ended
}

const verifierPlace = (state: string): string => `authorization_visit/${state}`

const redirectUrl = ({ address }: InstallPorts, connector: string): string =>
  `${address}/oauth/${connector}/callback`

const scopesOf = ({ facts }: TokenGrant): string[] =>
  (facts['scopes'] ?? '').split(/[\s,]+/).filter((scope) => scope !== '')

async function requireAuthorization(
  { connect, names }: InstallPorts,
  name: string,
  act = 'connecting an account',
): Promise<{ readonly connector: string; readonly authorization: ConnectionAuthorization }> {
  if (!names.has(name)) {
    const told = { value: name.slice(0, 64), expected: [...names].join(', ') }
    throw new AffluentError('usage.wrong', { act, ...told })
  }
  const { connector, authorization } = await connect(name)
  if (authorization) return { connector, authorization }
  throw new AffluentError('install.not_by_browser', { connection: name })
}

async function noteAuthorized(
  { control, clock }: InstallPorts,
  { actor, connection }: AuthorizationTicket,
  { granted, missing }: Pick<Authorized, 'granted' | 'missing'>,
): Promise<void> {
  await control.appendAudit({
    at: clock.now(),
    actor,
    action: 'connection_authorized',
    object: `connection/${connection}`,
    details: { granted: [...granted], missing: [...missing] },
  })
}

import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { graphError } from './graph-error.ts'
import { ownPerson, type SandboxAccount } from './sandbox-account.ts'
import { strangerToken } from './stranger-token.ts'

/** The app that people authorise. */
export interface SandboxApp {
  readonly id: string
  readonly secret: string | undefined
  /** What the token of `ownPerson` opens: the account's own token. */
  readonly accessToken: string
}

interface Login {
  readonly account: SandboxAccount
  readonly app: SandboxApp
  readonly codes: AuthorizationCodes
  /** Who said yes, by code. */
  readonly persons: Map<string, string>
}

const sixtyDays = 5_184_000

/** Facebook Login by code, the exchange of tokens, and what is known of one (section 1.1 of the platform notes). */
export function loginRoutes(account: SandboxAccount, app: SandboxApp): readonly SandboxRoute[] {
  const login = { account, app, codes: new AuthorizationCodes('AQ-'), persons: new Map<string, string>() }
  return [
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/dialog\/oauth$/,
      answer({ query }) {
        if (query.get('client_id') !== app.id || !query.has('redirect_uri'))
          return graphError({ code: 101, message: 'Invalid App ID' })
        return giveCode(login, query)
      },
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/oauth\/access_token$/,
      answer: (request) => giveToken(login, request),
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/debug_token$/,
      answer: ({ query }) =>
        query.get('access_token') === `${app.id}|${app.secret ?? ''}`
          ? describeToken(login, query.get('input_token') ?? '')
          : graphError({ code: 190, status: 401, message: 'Invalid OAuth access token.' }),
    },
  ]
}

function giveCode({ account, codes, persons }: Login, query: URLSearchParams): SandboxReply {
  const reply = codes.give(query)
  const back = new URL(reply.headers?.['location'] ?? '')
  persons.set(back.searchParams.get('code') ?? '', account.person)
  return reply
}

function describeToken({ account, app }: Login, token: string): SandboxReply {
  const person = token === app.accessToken ? ownPerson : strangerToken.personOf(app.accessToken, token)
  const data = { app_id: app.id, user_id: person, is_valid: true, scopes: account.permissions }
  return person === undefined
    ? { status: 200, body: { data: { is_valid: false, scopes: [] } } }
    : { status: 200, body: { data } }
}

function giveToken({ app, codes, persons }: Login, { query }: SandboxRequest): SandboxReply {
  if (query.get('client_id') !== app.id || query.get('client_secret') !== app.secret)
    return graphError({ code: 1, message: 'Error validating client secret.' })
  const tokenOf = (person: string): string =>
    person === ownPerson ? app.accessToken : strangerToken.of(app.accessToken, person)
  if (query.get('grant_type') === 'fb_exchange_token') {
    const given = query.get('fb_exchange_token') ?? ''
    const isOurs = given === app.accessToken || strangerToken.personOf(app.accessToken, given) !== undefined
    return isOurs
      ? { status: 200, body: { token_type: 'bearer', access_token: given, expires_in: sixtyDays } }
      : graphError({ code: 190, subcode: 463, message: 'Error validating access token.' })
  }
  if (codes.redeem(Object.fromEntries(query)) !== undefined)
    return graphError({ code: 100, subcode: 36_009, message: 'This authorization code has been used.' })
  const token = tokenOf(persons.get(query.get('code') ?? '') ?? ownPerson)
  return { status: 200, body: { token_type: 'bearer', access_token: token, expires_in: 5_400 } }
}

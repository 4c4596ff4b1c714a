import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { graphError } from './graph-error.ts'
import type { SandboxAccount } from './sandbox-account.ts'

/** The app that people authorise. */
export interface SandboxApp {
  readonly id: string
  readonly secret: string | undefined
  /** What a person's token opens: the account's own token. */
  readonly accessToken: string
}

const sixtyDays = 5_184_000

/** Facebook Login by code, the exchange of tokens, and what is known of one (section 1.1 of the platform notes). */
export function loginRoutes(account: SandboxAccount, app: SandboxApp): readonly SandboxRoute[] {
  const codes = new AuthorizationCodes('AQ-')
  return [
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/dialog\/oauth$/,
      answer({ query }) {
        if (query.get('client_id') !== app.id || !query.has('redirect_uri'))
          return graphError({ code: 101, message: 'Invalid App ID' })
        return codes.give(query)
      },
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/oauth\/access_token$/,
      answer: (request) => giveToken(app, codes, request),
    },
    {
      method: 'GET',
      pattern: /^\/v\d+\.\d+\/debug_token$/,
      answer: ({ query }) =>
        query.get('access_token') === `${app.id}|${app.secret ?? ''}`
          ? {
              status: 200,
              body: { data: { app_id: app.id, user_id: '501', is_valid: true, scopes: account.permissions } },
            }
          : graphError({ code: 190, status: 401, message: 'Invalid OAuth access token.' }),
    },
  ]
}

function giveToken(app: SandboxApp, codes: AuthorizationCodes, { query }: SandboxRequest): SandboxReply {
  if (query.get('client_id') !== app.id || query.get('client_secret') !== app.secret)
    return graphError({ code: 1, message: 'Error validating client secret.' })
  const life = { token_type: 'bearer', access_token: app.accessToken }
  if (query.get('grant_type') === 'fb_exchange_token')
    return query.get('fb_exchange_token') === app.accessToken
      ? { status: 200, body: { ...life, expires_in: sixtyDays } }
      : graphError({ code: 190, subcode: 463, message: 'Error validating access token.' })
  if (codes.redeem(Object.fromEntries(query)) !== undefined)
    return graphError({ code: 100, subcode: 36_009, message: 'This authorization code has been used.' })
  return { status: 200, body: { ...life, expires_in: 5_400 } }
}

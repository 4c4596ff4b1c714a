import { z } from 'zod'
import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { tokenLifeSeconds, type SandboxApp, type TokenStore } from './token-store.ts'

const tokenForm = z.object({
  grant_type: z.string(),
  client_id: z.string().default(''),
  client_secret: z.string().default(''),
  refresh_token: z.string().default(''),
  scope: z.string().default(''),
  code: z.string().default(''),
  redirect_uri: z.string().default(''),
  code_verifier: z.string().default(''),
})
const introspectForm = z.object({
  client_id: z.string().default(''),
  client_secret: z.string().default(''),
  token: z.string(),
})

/** Token and introspection; a form, never JSON (chapter 1.1). */
export function oauthRoutes(app: SandboxApp, tokens: TokenStore): SandboxRoute[] {
  const codes = new AuthorizationCodes('na1-code-')
  return [
    // Of app.hubspot.com: an admin is signed in and says yes at once.
    { method: 'GET', pattern: /^\/oauth\/authorize$/, answer: ({ query }) => consent(app, codes, query) },
    {
      method: 'POST',
      pattern: /^\/oauth\/(?:2026-03|2026-09)\/token$/,
      answer: ({ headers, body }) =>
        isForm(headers) ? giveToken({ app, tokens, codes }, body) : refuse('invalid_request', 'BAD_REQUEST'),
    },
    {
      method: 'POST',
      pattern: /^\/oauth\/(?:2026-03|2026-09)\/token\/introspect$/,
      answer: ({ headers, body }) =>
        isForm(headers) ? introspect(app, tokens, body) : refuse('invalid_request', 'BAD_REQUEST'),
    },
  ]
}

const isForm = (headers: Readonly<Record<string, string>>): boolean =>
  (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')

/** The OAuth error body of chapter 1.1. */
function refuse(error: string, status: string): SandboxReply {
  const message = status.toLowerCase().replaceAll('_', ' ')
  return { status: 400, body: { error, error_description: message, status, message } }
}

/** The page of app.hubspot.com. */
function consent(app: SandboxApp, codes: AuthorizationCodes, query: URLSearchParams): SandboxReply {
  const isWhole = query.has('scope') && query.has('redirect_uri')
  return query.get('client_id') === app.clientId && isWhole
    ? codes.give(query)
    : { status: 400, body: 'The authorization page shows an error.' }
}

interface Ground {
  readonly app: SandboxApp
  readonly tokens: TokenStore
  readonly codes: AuthorizationCodes
}

function giveToken({ app, tokens, codes }: Ground, body: unknown): SandboxReply {
  const parsed = tokenForm.safeParse(body)
  if (!parsed.success) return refuse('invalid_request', 'BAD_REQUEST')
  const { grant_type, client_id, client_secret, refresh_token, scope } = parsed.data
  if (client_id !== app.clientId) return refuse('invalid_client', 'BAD_CLIENT_ID')
  if (client_secret !== app.clientSecret) return refuse('invalid_client', 'BAD_CLIENT_SECRET')
  const expiry = { token_type: 'bearer', expires_in: tokenLifeSeconds }
  if (grant_type === 'client_credentials') {
    const scopes = scope.split(' ').filter(Boolean)
    return { status: 200, body: { ...expiry, access_token: tokens.issue('app', scopes), scopes } }
  }
  if (grant_type === 'authorization_code') {
    const fault = codes.redeem(parsed.data)
    if (fault !== undefined)
      return refuse(
        'invalid_grant',
        fault === 'other_redirect' ? 'MISMATCH_REDIRECT_URI_AUTH_CODE' : 'BAD_AUTH_CODE',
      )
    // The same refresh token as long as the app stays installed.
    const [installed = 'refresh-of-the-sandbox'] = app.refreshTokens
    app.refreshTokens.add(installed)
    return giveAccount(app, tokens, installed)
  }
  if (grant_type !== 'refresh_token') return refuse('unsupported_grant_type', 'BAD_GRANT_TYPE')
  if (!app.refreshTokens.has(refresh_token)) return refuse('invalid_grant', 'BAD_REFRESH_TOKEN')
  return giveAccount(app, tokens, refresh_token)
}

function giveAccount(app: SandboxApp, tokens: TokenStore, refreshToken: string): SandboxReply {
  const scopes = [...app.grantedScopes]
  return {
    status: 200,
    body: {
      token_type: 'bearer',
      expires_in: tokenLifeSeconds,
      access_token: tokens.issue('account', scopes),
      refresh_token: refreshToken,
      hub_id: app.hubId,
      user_id: 1,
      scopes,
    },
  }
}

function introspect(app: SandboxApp, tokens: TokenStore, body: unknown): SandboxReply {
  const parsed = introspectForm.safeParse(body)
  if (!parsed.success) return refuse('invalid_request', 'BAD_REQUEST')
  if (parsed.data.client_id !== app.clientId || parsed.data.client_secret !== app.clientSecret)
    return refuse('invalid_client', 'BAD_CLIENT_SECRET')
  const found = tokens.look(parsed.data.token)
  if (!found || found.isExpired) return { status: 200, body: { active: false } }
  const { scopes } = found
  return { status: 200, body: { active: true, hub_id: app.hubId, app_id: 77, user: 'admin', scopes } }
}

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'

/** What the provider signs with, for tests that sign otherwise. */
interface ProviderKeys {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly kid: string
}

/** Makes the ID token of a sign-in out of what would be right. */
export type IssueToken = (claims: JWTPayload, keys: ProviderKeys) => Promise<string>

export interface OidcProvider {
  readonly issuer: string
  /** The person at the browser. */
  person: Readonly<Record<string, unknown>> & { readonly sub: string }
  /** Default: signs what is right, RS256. */
  issue: IssueToken
  /** Requests to the token endpoint so far. */
  readonly exchanges: () => number
  close(): Promise<void>
}

export const clientId = 'affluent-test'
export const clientSecret = 'oidc-client-secret-of-tests'

/** Signs claims as the provider itself would. */
export const signRightly: IssueToken = (claims, { privateKey, kid }) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)

interface Code {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
  /** Whether the client asked how long ago the person proved who they are. */
  readonly asksAge: boolean
}

/** An OpenID Connect provider on this machine: discovery, keys, code flow with PKCE and client authentication; its person consents at once. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const keys: ProviderKeys = { privateKey, publicKey, kid: 'key-1' }
  const jwk = { ...(await exportJWK(publicKey)), kid: keys.kid, alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Code>()
  let exchanges = 0
  const server = createServer((incoming, answer) => {
    const send = (status: number, body: unknown): void => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const url = new URL(incoming.url ?? '/', provider.issuer)
    if (url.pathname === '/.well-known/openid-configuration')
      return send(200, {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      })
    if (url.pathname === '/keys') return send(200, { keys: [jwk] })
    if (url.pathname === '/authorize') {
      const asked = url.searchParams
      const code = randomBytes(16).toString('hex')
      const redirectUri = asked.get('redirect_uri') ?? ''
      codes.set(code, {
        challenge: asked.get('code_challenge') ?? '',
        nonce: asked.get('nonce') ?? '',
        redirectUri,
        asksAge: asked.has('max_age'),
      })
      const back = new URL(redirectUri)
      back.search = new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString()
      answer.writeHead(302, { location: back.href }).end()
      return
    }
    if (url.pathname === '/token') {
      exchanges += 1
      void exchange(incoming).then(
        (tokens) => send(tokens ? 200 : 400, tokens ?? { error: 'invalid_grant' }),
        () => send(500, { error: 'server_error' }),
      )
      return
    }
    send(404, {})
  })

  async function exchange(incoming: IncomingMessage): Promise<unknown> {
    const form = new URLSearchParams(await text(incoming))
    const code = codes.get(String(form.get('code')))
    codes.delete(String(form.get('code')))
    const verifier = String(form.get('code_verifier'))
    const isRight =
      form.get('client_id') === clientId &&
      form.get('client_secret') === clientSecret &&
      form.get('redirect_uri') === code?.redirectUri &&
      createHash('sha256').update(verifier).digest('base64url') === code?.challenge
    if (!code || !isRight) return undefined
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: provider.issuer,
      aud: clientId,
      iat: now,
      exp: now + 300,
      nonce: code.nonce,
      ...(code.asksAge && { auth_time: now }),
      ...provider.person,
    }
    const idToken = await provider.issue(claims, keys)
    return { access_token: 'none', token_type: 'Bearer', expires_in: 300, id_token: idToken }
  }

  const provider: { -readonly [Key in keyof OidcProvider]: OidcProvider[Key] } = {
    issuer: '',
    person: { sub: 'ada-1' },
    issue: signRightly,
    exchanges: () => exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  provider.issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return provider
}

import { createHash } from 'node:crypto'
import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import type { SandboxApp } from './token-store.ts'

interface Code {
  readonly redirectUri: string
  /** Null: the app did not use PKCE. */
  readonly challenge: string | null
}

/** The way to a code and what it is worth: one exchange, at the address it was asked for. */
export class CodeStore {
  readonly #app: SandboxApp
  readonly #codes = new Map<string, Code>()
  #count = 0

  constructor(app: SandboxApp) {
    this.#app = app
  }

  authorize(query: URLSearchParams): SandboxReply {
    const redirectUri = query.get('redirect_uri') ?? ''
    if (query.get('client_id') !== this.#app.clientId || redirectUri === '' || !query.has('scope'))
      return { status: 400, body: 'The authorization page shows an error.' }
    this.#count += 1
    const code = `na1-code-${this.#count}-of-the-sandbox`
    this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge') })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    return { status: 302, headers: { location: back.href } }
  }

  /** The status of the refusal; undefined when the code is good, which it then is no more. */
  redeem(form: {
    readonly code: string
    readonly redirect_uri: string
    readonly code_verifier: string
  }): string | undefined {
    const code = this.#codes.get(form.code)
    this.#codes.delete(form.code)
    if (!code) return 'BAD_AUTH_CODE'
    if (code.redirectUri !== form.redirect_uri) return 'MISMATCH_REDIRECT_URI_AUTH_CODE'
    const hash = createHash('sha256').update(form.code_verifier).digest('base64url')
    return code.challenge === null || code.challenge === hash ? undefined : 'BAD_AUTH_CODE'
  }

  /** A refresh token for an installation; the same one as long as the app stays installed. */
  refreshToken(): string {
    const [known] = this.#app.refreshTokens
    const token = known ?? `refresh-${this.#count}-of-the-sandbox`
    this.#app.refreshTokens.add(token)
    return token
  }
}

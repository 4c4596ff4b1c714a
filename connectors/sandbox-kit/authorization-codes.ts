import { createHash } from 'node:crypto'
import type { SandboxReply } from './sandbox-server.ts'

interface Code {
  readonly redirectUri: string
  /** Null: the app did not use PKCE. */
  readonly challenge: string | null
}

/** What is wrong with a code, or with what came with it. */
export type CodeFault = 'unknown' | 'other_redirect' | 'other_verifier'

/** Codes of an authorisation (RFC 6749 §4.1, RFC 7636): a person is signed in and says yes at once; each code is worth one exchange. */
export class AuthorizationCodes {
  readonly #prefix: string
  readonly #codes = new Map<string, Code>()
  #count = 0

  /** `prefix`: how the platform's codes begin. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** Sends the browser back with a fresh code. `query` is what the platform found in order, with a `redirect_uri`. */
  give(query: URLSearchParams): SandboxReply {
    const redirectUri = query.get('redirect_uri') ?? ''
    this.#count += 1
    const code = `${this.#prefix}${this.#count}-of-the-sandbox`
    this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge') })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    return { status: 302, headers: { location: back.href } }
  }

  /** Undefined when the code is good, which it then is no more. */
  redeem(form: Readonly<Record<string, string | undefined>>): CodeFault | undefined {
    const key = form['code'] ?? ''
    const code = this.#codes.get(key)
    this.#codes.delete(key)
    if (!code) return 'unknown'
    if (code.redirectUri !== form['redirect_uri']) return 'other_redirect'
    const hash = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url')
    return code.challenge === null || code.challenge === hash ? undefined : 'other_verifier'
  }
}

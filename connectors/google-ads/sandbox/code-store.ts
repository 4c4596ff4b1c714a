import { createHash } from 'node:crypto'
import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

interface Code {
  readonly redirectUri: string
  readonly challenge: string | null
}

/** The way to a code (https://developers.google.com/identity/protocols/oauth2/web-server): a person is signed in and says yes at once. */
export class CodeStore {
  readonly #clientId: string
  readonly #codes = new Map<string, Code>()
  #count = 0

  constructor(clientId: string) {
    this.#clientId = clientId
  }

  authorize(query: URLSearchParams): SandboxReply {
    const redirectUri = query.get('redirect_uri') ?? ''
    const isWhole = query.get('response_type') === 'code' && query.has('scope') && redirectUri !== ''
    if (query.get('client_id') !== this.#clientId || !isWhole)
      return { status: 400, body: 'Error 400: invalid_request' }
    this.#count += 1
    const code = `4/0A-${this.#count}-of-the-sandbox`
    this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge') })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    return { status: 302, headers: { location: back.href } }
  }

  /** True when the code is good, which it then is no more. */
  redeem(form: Readonly<Record<string, string>>): boolean {
    const code = this.#codes.get(form['code'] ?? '')
    this.#codes.delete(form['code'] ?? '')
    const hash = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url')
    return (
      code !== undefined &&
      form['redirect_uri'] === code.redirectUri &&
      (code.challenge === null || code.challenge === hash)
    )
  }
}

const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')

/** An ID token as the token endpoint hands it out; its signature is of no use to who got it there. */
export const idTokenOf = (subject: string): string =>
  `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: 'https://accounts.google.com', sub: subject })}.c2FuZGJveA`

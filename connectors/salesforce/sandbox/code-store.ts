import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { oauthError } from './salesforce-error.ts'

interface Code {
  readonly redirectUri: string
  readonly challenge: string
  readonly until: number
}

/** Codes are good for a quarter of an hour, and once. */
const codeLifeMs = 900_000

/** The web server flow up to the code: the user is signed in and says yes at once. PKCE is on and cannot be switched off (2.1). */
export class CodeStore {
  readonly #clock: Clock
  readonly #codes = new Map<string, Code>()
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  authorize(app: { readonly clientId: string }, query: URLSearchParams): SandboxReply {
    const redirectUri = query.get('redirect_uri') ?? ''
    const challenge = query.get('code_challenge') ?? ''
    if (query.get('client_id') !== app.clientId)
      return oauthError('invalid_client_id', 'client identifier invalid')
    if (query.get('response_type') !== 'code' || redirectUri === '')
      return oauthError('invalid_request', 'must supply response_type and redirect_uri')
    if (challenge === '' || query.get('code_challenge_method') !== 'S256')
      return oauthError('invalid_request', 'missing required code challenge')
    this.#count += 1
    const code = `aPrx-${this.#count}-of-the-sandbox`
    this.#codes.set(code, { redirectUri, challenge, until: this.#clock.now() + codeLifeMs })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    return { status: 302, headers: { location: back.href } }
  }

  /** The refusal of a code; undefined when it is good, which it then is no more. */
  redeem(form: {
    readonly code?: string | undefined
    readonly redirect_uri?: string | undefined
    readonly code_verifier?: string | undefined
  }): SandboxReply | undefined {
    const code = this.#codes.get(form.code ?? '')
    this.#codes.delete(form.code ?? '')
    if (!code || code.until < this.#clock.now())
      return oauthError('invalid_grant', 'expired authorization code')
    if (form.redirect_uri !== code.redirectUri)
      return oauthError('redirect_uri_mismatch', 'redirect_uri must match configuration')
    const hash = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url')
    return hash === code.challenge ? undefined : oauthError('invalid_grant', 'invalid code verifier')
  }
}

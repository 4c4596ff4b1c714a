import type { Clock } from '../../../core/port/clock.ts'
import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { oauthError } from './salesforce-error.ts'

/** Codes are good for a quarter of an hour, and once. */
const codeLifeMs = 900_000

/** The web server flow up to the code: the user is signed in and says yes at once. PKCE is on and cannot be switched off (2.1). */
export class CodeStore {
  readonly #clock: Clock
  readonly #codes = new AuthorizationCodes('aPrx-')
  readonly #until = new Map<string, number>()

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
    const reply = this.#codes.give(query)
    const code = new URL(reply.headers?.['location'] ?? redirectUri).searchParams.get('code') ?? ''
    this.#until.set(code, this.#clock.now() + codeLifeMs)
    return reply
  }

  /** The refusal of a code; undefined when it is good, which it then is no more. */
  redeem(form: {
    readonly code?: string | undefined
    readonly redirect_uri?: string | undefined
    readonly code_verifier?: string | undefined
  }): SandboxReply | undefined {
    const fault = this.#codes.redeem(form)
    if (fault === 'unknown' || (this.#until.get(form.code ?? '') ?? 0) < this.#clock.now())
      return oauthError('invalid_grant', 'expired authorization code')
    if (fault === 'other_redirect')
      return oauthError('redirect_uri_mismatch', 'redirect_uri must match configuration')
    return fault === undefined ? undefined : oauthError('invalid_grant', 'invalid code verifier')
  }
}

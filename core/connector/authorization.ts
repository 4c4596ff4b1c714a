import type { ConnectorContext } from './connector.ts'
import type { TokenGrant } from './credentials.ts'

/** What the hub asks for when it sends somebody to the platform (RFC 6749 §4.1, RFC 7636). */
interface AuthorizationRequest {
  /** 256 random bits, good once. */
  readonly state: string
  /** Exactly as it is registered at the platform. */
  readonly redirectUrl: string
  /** S256 of the verifier; platforms that know no PKCE leave it out of the address. */
  readonly codeChallenge: string
}

/** What came back from the browser, with what it must fit. */
export interface AuthorizedCode {
  readonly code: string
  readonly redirectUrl: string
  readonly codeVerifier: string
}

type Ungranted<Config> = Omit<ConnectorContext<Config>, 'credentials'>

/** How a person authorises an account in the browser. The hub keeps state and verifier; the connector knows the platform's words. */
export interface Authorization<Config> {
  /** True when this configuration leaves access to a person; false when it holds a lasting token, an assertion's key or the like. */
  readonly isWanted: (config: Config) => boolean
  /** Where the person is sent. */
  readonly address: (config: Config, request: AuthorizationRequest) => string
  /**
   * Exchanges the code. `previous` is the last grant of the connection: one of another account is refused with
   * `platform.account_changed`. `facts.scopes` of the answer are the granted scopes, separated by spaces.
   */
  readonly redeem: (
    context: Ungranted<Config>,
    code: AuthorizedCode,
    previous: TokenGrant | undefined,
  ) => Promise<TokenGrant>
  /** Takes the app out of the account, or ends its access there. */
  readonly revoke: (context: Ungranted<Config>, grant: TokenGrant) => Promise<void>
}

/** An authorisation whose configuration and context are closed over. */
export interface BoundAuthorization {
  /** Without one of these the connector cannot do all its work. */
  readonly scopes: readonly string[]
  readonly address: (request: AuthorizationRequest) => string
  readonly redeem: (code: AuthorizedCode, previous: TokenGrant | undefined) => Promise<TokenGrant>
  readonly revoke: (grant: TokenGrant) => Promise<void>
}

/** What the hub does with it: the grant is durable before anybody is told. */
export interface ConnectionAuthorization {
  readonly scopes: readonly string[]
  readonly address: (request: AuthorizationRequest) => string
  /** Exchanges the code and keeps the grant. */
  readonly accept: (code: AuthorizedCode) => Promise<TokenGrant>
  /** Ends access at the platform, then forgets it here. False: there was none. */
  readonly end: () => Promise<boolean>
}

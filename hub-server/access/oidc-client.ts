import * as oidc from 'openid-client'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Identity, Role, SignInAttempt } from '../../core/port/access-store.ts'
import { sha256 } from '../store/sha256.ts'
import type { OidcSettings } from './oidc-settings.ts'
import { createToken } from './token.ts'

/** How long somebody may take at the identity provider, in milliseconds. */
const attemptMs = 600_000

/**
 * How long ago a proof at the provider may be, in seconds, where one is asked for: what it takes to come back. A provider that heeds `max_age` tells when
 * it was (`auth_time`; OpenID Connect Core, 3.1.2.1).
 */
const proofMaxAge = 60

/** How long the provider's description is believed, in milliseconds: addresses and keys change, if rarely. */
const freshMs = 3_600_000

/** A person as the identity provider vouches for them. */
export interface ProvenPerson {
  readonly identity: Identity
  /** What they could be called here, best first. */
  readonly names: readonly string[]
  readonly email: string | null
  /** By the first rule that fits; undefined: they may not sign in. */
  readonly role: Role | undefined
  /** When they proved it to the provider, in epoch milliseconds; 0 where it does not say. */
  readonly provenAt: number
}

export interface OidcClient {
  /** Where to send the browser, and what to keep until it comes back. */
  begin(from: {
    readonly browser: string
    readonly returnTo: string
    readonly now: number
    /** Digest of the session whose person proves again that it is them: the provider is to ask, whatever it remembers. */
    readonly proves: string | null
  }): Promise<{ readonly url: string; readonly attempt: SignInAttempt }>
  /** Who came back. `url` is the whole address they came back to. Throws `access.identity_refused`, `access.provider_unusable`. */
  finish(url: URL, attempt: SignInAttempt): Promise<ProvenPerson>
}

export interface OidcClientOptions {
  readonly settings: OidcSettings
  /** The secret itself, when the client has one. */
  readonly clientSecret: string | undefined
  /** "https://hub.example.com/sign-in/callback", exactly as registered at the provider. */
  readonly redirectUri: string
  readonly now: () => number
}

/** What of an ID token is used; signature, issuer, audience, nonce and times are checked before. */
const claimsSchema = z.object({
  auth_time: z.number().positive().optional().catch(undefined),
  iss: z.string().min(1),
  sub: z.string().min(1).max(255),
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  email: z.string().max(320).optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
})

/**
 * Signs people in at an OpenID Connect provider: code flow with PKCE (S256), nonce, and a state that is good once and for one browser. The ID
 * token's signature is checked although it comes over TLS: keys of the provider's, asymmetric, and no other algorithm.
 */
export function createOidcClient({
  settings,
  clientSecret,
  redirectUri,
  now,
}: OidcClientOptions): OidcClient {
  let found: { readonly at: number; readonly configuration: Promise<oidc.Configuration> } | undefined

  async function configure(): Promise<oidc.Configuration> {
    if (!found || now() - found.at >= freshMs)
      found = { at: now(), configuration: discover(settings, clientSecret) }
    try {
      return await found.configuration
    } catch (error) {
      found = undefined
      throw new AffluentError('access.provider_unusable', {}, { cause: error })
    }
  }

  return {
    async begin({ browser, returnTo, now: at, proves }) {
      const configuration = await configure()
      const [state, nonce, verifier] = [createToken(), createToken(), oidc.randomPKCECodeVerifier()]
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(proves !== null && { prompt: 'login', max_age: String(proofMaxAge) }),
      })
      const digest = sha256(state)
      return {
        url: url.href,
        attempt: { digest, browser, nonce, verifier, returnTo, expiresAt: at + attemptMs, proves },
      }
    },
    async finish(url, attempt) {
      const configuration = await configure()
      const claims = await exchange(configuration, url, attempt)
      const parsed = claimsSchema.safeParse(claims)
      if (!parsed.success) throw new AffluentError('access.identity_refused')
      return toPerson(settings, parsed.data, claims[settings.groupsClaim])
    },
  }
}

async function discover(
  { issuer, clientId }: OidcSettings,
  clientSecret: string | undefined,
): Promise<oidc.Configuration> {
  const isPlain = new URL(issuer).protocol === 'http:'
  // In the form, not as Basic: there, providers differ in how they read characters that are escaped.
  const proof = clientSecret === undefined ? oidc.None() : oidc.ClientSecretPost(clientSecret)
  return oidc.discovery(new URL(issuer), clientId, undefined, proof, {
    // Plain HTTP: the settings allow it for a provider on this machine alone.
    execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
    timeout: 10,
  })
}

async function exchange(
  configuration: oidc.Configuration,
  url: URL,
  { nonce, verifier, proves }: SignInAttempt,
): Promise<oidc.IDToken> {
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, url, {
      expectedNonce: nonce,
      // The caller found the attempt by it: what is compared here is that there is exactly one.
      expectedState: url.searchParams.get('state') ?? '',
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      ...(proves !== null && { maxAge: proofMaxAge }),
    })
    const claims = tokens.claims()
    if (claims) return claims
  } catch (error) {
    throw new AffluentError('access.identity_refused', {}, { cause: error })
  }
  throw new AffluentError('access.identity_refused')
}

function toPerson(
  { rules }: OidcSettings,
  claims: z.output<typeof claimsSchema>,
  groupsClaim: unknown,
): ProvenPerson {
  const groups = z.array(z.string()).safeParse(groupsClaim).data ?? []
  // An e-mail that the provider did not check is whatever its owner typed.
  const email = claims.email_verified === true ? (claims.email ?? null) : null
  const domain = email?.split('@').at(-1)?.toLowerCase()
  const rule = rules.find(({ by, value }) => (by === 'group' ? groups.includes(value) : value === domain))
  const names = [claims.name, claims.preferred_username, email ?? undefined]
  return {
    identity: { issuer: claims.iss, subject: claims.sub },
    names: names.filter((name) => name !== undefined),
    email,
    role: rule?.role,
    provenAt: (claims.auth_time ?? 0) * 1000,
  }
}

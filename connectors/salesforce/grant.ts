import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { AuthorizedCode } from '../../core/connector/authorization.ts'
import type { ObtainGrant, TokenGrant } from '../../core/connector/credentials.ts'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { apiBudget } from './budgets.ts'
import type { SalesforceConfig, SalesforceContext } from './config.ts'
import { signAssertion } from './jwt-assertion.ts'
import { toId18 } from './salesforce-id.ts'

type GrantContext = Omit<SalesforceContext, 'credentials'>

const act = 'renewing access to Salesforce'
const dayMs = 86_400_000
/** A refresh token dies after 30 days without use; an org in steady use never answers 401, so it is used every 14 days (2.1). */
const keepAliveMs = 14 * dayMs

/** Half of the time for which the hub keeps other processes from renewing. */
const turnMs = 30_000

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  instance_url: z.url({ protocol: /^https?$/ }),
  id: z.string().regex(/\/id\/\w{15,18}\/\w{15,18}$/),
  issued_at: z.string().optional(),
  signature: z.string().optional(),
  scope: z.string().default(''),
})
type TokenAnswer = z.output<typeof tokenAnswer>

const oauthError = z.object({ error: z.string(), error_description: z.string().default('') })

/**
 * Obtains access by the configured flow. The newest refresh token is tried first; when a person has put another one into the
 * configuration since it died, that one is tried. jsforce's own refresh is not used: it throws rotated tokens away. Throws
 * `platform.auth_expired` for what a person must mend, `platform.account_changed` for another org, `platform.transient` else.
 */
export const obtainGrant: ObtainGrant<SalesforceConfig> = async (context, previous) => {
  const { config } = context
  const ask = async (form: Record<string, string>): Promise<TokenGrant> =>
    requireSameOrg(await requestToken(context, form), config, previous)
  if (!hasUserDialogue(config)) return ask(formOf(context))
  const newest = previous?.refreshToken
  const configured = config.refresh_token
  if (newest === undefined) {
    if (configured === undefined) throw notAuthorised()
    return ask(refreshForm(config, configured))
  }
  try {
    return await ask(refreshForm(config, newest))
  } catch (error) {
    const isDead = error instanceof PlatformError && error.params['error'] === 'invalid_grant'
    if (!isDead || configured === undefined || configured === newest) throw error
    return ask(refreshForm(config, configured))
  }
}

/** Whether a person authorises the app in the browser. */
export const hasUserDialogue = ({ auth_flow: flow }: SalesforceConfig): boolean => flow === 'refresh_token'

const notAuthorised = (): PlatformError =>
  new PlatformError('platform.auth_expired', {
    act,
    said: 'the app is not authorised yet',
    remedy:
      'Authorise the app in the browser: start the hub and run "affluent connections authorize" for this connection.',
  })

/** Confidential clients send both secret and verifier (2.0). */
function codeForm(
  config: SalesforceConfig,
  { code, redirectUrl, codeVerifier }: AuthorizedCode,
): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code,
    client_id: config.client_id,
    ...(config.client_secret !== undefined && { client_secret: config.client_secret }),
    redirect_uri: redirectUrl,
    code_verifier: codeVerifier,
  }
}

/** Exchanges the code that came back from the browser. Throws what `obtainGrant` throws. */
export async function redeemCode(
  context: GrantContext,
  code: AuthorizedCode,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  const grant = await requestToken(context, codeForm(context.config, code))
  return requireSameOrg(grant, context.config, previous)
}

/** A connection stands for one org: whose data and audiences the hub keeps. Sandbox orgs get a new id at each refresh. */
function requireSameOrg(
  grant: TokenGrant,
  config: SalesforceConfig,
  previous: TokenGrant | undefined,
): TokenGrant {
  const found = grant.facts['org_id'] ?? ''
  const expected =
    config.expected_org_id === undefined ? previous?.facts['org_id'] : toId18(config.expected_org_id)
  if (expected === undefined || expected === found) return grant
  throw new PlatformError('platform.account_changed', {
    act,
    expected,
    found,
    said: `org ${found} instead of ${expected}`,
    remedy:
      'Give the connection access to its own org, make a new connection for the other one, or, when it is the same org under a new id (a refreshed sandbox), set "expected_org_id".',
  })
}

function refreshForm(config: SalesforceConfig, token: string): Record<string, string> {
  return {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: config.client_id,
    ...(config.client_secret !== undefined && { client_secret: config.client_secret }),
  }
}

function formOf({ config, clock }: GrantContext): Record<string, string> {
  if (config.auth_flow === 'client_credentials')
    return {
      grant_type: 'client_credentials',
      client_id: config.client_id,
      client_secret: config.client_secret ?? '',
    }
  const claims = {
    issuer: config.client_id,
    subject: config.username ?? '',
    audience: config.jwt_audience ?? audienceOf(config.login_url),
    now: clock.now(),
  }
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: sign(claims, config) }
}

function sign(claims: Parameters<typeof signAssertion>[0], config: SalesforceConfig): string {
  try {
    return signAssertion(claims, config.private_key ?? '')
  } catch {
    // Node's error may quote the key, so it does not travel as a cause.
    throw new PlatformError('platform.auth_expired', { act, said: 'the private key cannot be read' })
  }
}

/** Assertions name the login host, also where the request goes to a My Domain address. */
const audienceOf = (loginUrl: string): string =>
  /test\.salesforce\.com|\.sandbox\.my\./.test(loginUrl)
    ? 'https://test.salesforce.com'
    : 'https://login.salesforce.com'

async function requestToken(context: GrantContext, form: Record<string, string>): Promise<TokenGrant> {
  const { config, clock, fetch: send } = context
  const reply = await context.call({
    act,
    budget: apiBudget,
    // Once for each turn that the keeper gives us: a second attempt after the turn has passed to another process would be taken for
    // theft. After a lost answer the next turn tries the old token again, and `invalid_grant` then means reconnect (2.1).
    repeatable: false,
    timeoutMs: turnMs,
    async send(signal) {
      const response = await send(`${config.login_url.replace(/\/+$/, '')}/services/oauth2/token`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams(form),
        redirect: 'error',
        signal,
      })
      const text = await response.text()
      return { status: response.status, headers: Object.fromEntries(response.headers), body: parse(text) }
    },
    classify: (answer) => classify(answer),
  })
  return toGrant(tokenAnswer.parse(reply.body), config, clock.now())
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A login page or a maintenance page: classified by its status.
    return text
  }
}

/** Errors of the token address that pass by themselves. All others need a person. */
const passing = new Set([
  'unknown_error',
  'server_error',
  'temporarily_unavailable',
  'request_limit_exceeded',
])

function classify(reply: PlatformReply): PlatformError | undefined {
  const { status } = reply
  if (status === 200) {
    return tokenAnswer.safeParse(reply.body).success
      ? undefined
      : new PlatformError('platform.unreadable_answer', { act, status })
  }
  const refusal = oauthError.safeParse(reply.body).data
  const mends = refusal && status < 500 && status !== 429 && !passing.has(refusal.error)
  return new PlatformError(mends ? 'platform.auth_expired' : 'platform.transient', {
    act,
    status,
    ...(refusal && {
      error: refusal.error.slice(0, 64),
      said: toSaid(`${refusal.error}: ${refusal.error_description}`),
      ...(mends && { remedy: remedyOf(refusal) }),
    }),
  })
}

/** What an admin does, by what the refusal says (2.1, revocation signals). */
function remedyOf({ error, error_description: description }: z.output<typeof oauthError>): string {
  if (/inactive[ _]user/i.test(`${error} ${description}`))
    return 'The user that the hub acts as is inactive or frozen: activate it in Setup › Users, or authorise the app with another one.'
  if (/blocked|not approved|hasn't approved/i.test(`${error} ${description}`))
    return 'Unblock the app and pre-authorise the integration user: Setup › External Client App Manager › Policies, and the permission set.'
  if (error.startsWith('invalid_client'))
    return 'Compare consumer key and secret of the connection with those of the External Client App; somebody may have rotated them.'
  return 'Authorise the app again in the browser ("affluent connections authorize"); the old access expired, was revoked, or was used twice.'
}

function toGrant(answer: TokenAnswer, config: SalesforceConfig, now: number): TokenGrant {
  if (!isSigned(answer, config.client_secret))
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'the answer is not signed with our secret',
    })
  const [orgId = '', userId = ''] = answer.id.split('/').slice(-2).map(toId18)
  return {
    accessToken: answer.access_token,
    expiresAt: hasUserDialogue(config) ? now + keepAliveMs : null,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    facts: {
      instance_url: answer.instance_url.replace(/\/+$/, ''),
      org_id: orgId,
      user_id: userId,
      scopes: answer.scope,
    },
  }
}

/** `signature` is base64 HMAC-SHA256 of id and issued_at with the client secret; flows without a secret cannot check it. */
function isSigned({ id, issued_at: issuedAt, signature }: TokenAnswer, secret: string | undefined): boolean {
  if (secret === undefined || signature === undefined || issuedAt === undefined) return true
  const expected = createHmac('sha256', secret).update(`${id}${issuedAt}`).digest()
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
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
  if (config.auth_flow !== 'refresh_token') return requestToken(context, formOf(context))
  const configured = config.refresh_token
  const newest = previous?.refreshToken ?? configured
  try {
    return await requestToken(context, refreshForm(config, newest))
  } catch (error) {
    const isDead = error instanceof PlatformError && error.params['error'] === 'invalid_grant'
    if (!isDead || configured === undefined || configured === newest) throw error
    return requestToken(context, refreshForm(config, configured))
  }
}

function refreshForm(config: SalesforceConfig, token: string | undefined): Record<string, string> {
  return {
    grant_type: 'refresh_token',
    refresh_token: token ?? '',
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
    }),
  })
}

function toGrant(answer: TokenAnswer, config: SalesforceConfig, now: number): TokenGrant {
  if (!isSigned(answer, config.client_secret))
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'the answer is not signed with our secret',
    })
  const [orgId = '', userId = ''] = answer.id.split('/').slice(-2).map(toId18)
  const expected = config.expected_org_id === undefined ? orgId : toId18(config.expected_org_id)
  if (orgId !== expected) throw new PlatformError('platform.account_changed', { act, expected, found: orgId })
  return {
    accessToken: answer.access_token,
    expiresAt: config.auth_flow === 'refresh_token' ? now + keepAliveMs : null,
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

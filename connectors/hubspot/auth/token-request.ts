import { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { apiVersions, transmit } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { toPlatformError } from '../errors.ts'
import { redact } from '../redact.ts'
import { grantRemedy } from '../remedies.ts'

/** A context that may not have access yet. */
export type UngrantedContext = Omit<HubspotContext, 'credentials'>

/** Where tokens are handed out; the undated address ends on 2027-02-16. */
export const tokenPath = `/oauth/${apiVersions.oauth}/token`

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive(),
  hub_id: z.union([z.number(), z.string()]).transform(String).optional(),
  scopes: z.array(z.string()).default([]).catch([]),
})
export type TokenAnswer = z.output<typeof tokenAnswer>

/** What HubSpot answers instead of a token. */
const oauthError = z.object({
  error: z.string().default('').catch(''),
  status: z.string().default('').catch(''),
  message: z.string().default('').catch(''),
})

/** Refusals that only a person can mend: the refresh token is dead, or the app's own credentials are wrong. */
const deadGrants = new Set([
  'invalid_grant',
  'invalid_client',
  'BAD_REFRESH_TOKEN',
  'BAD_AUTH_CODE',
  'MISMATCH_REDIRECT_URI_AUTH_CODE',
  'BAD_CLIENT_ID',
  'BAD_CLIENT_SECRET',
])

/**
 * Asks the token endpoint. Refresh tokens do not rotate, so asking twice kills nothing; codes are good once. Throws `platform.auth_expired`
 * for what a person must mend, `platform.rate_limited`, and `platform.transient` for everything else.
 */
export async function requestToken(
  context: UngrantedContext,
  act: string,
  form: Readonly<Record<string, string>>,
  { repeatable }: { readonly repeatable: boolean } = { repeatable: true },
): Promise<TokenAnswer> {
  const { client_id, client_secret } = context.config
  if (client_id === undefined || client_secret === undefined)
    throw new PlatformError('platform.auth_expired', { act, said: 'client_id and client_secret are not set' })
  const reply = await context.call({
    act,
    budget: context.config.limit_tier,
    repeatable,
    send: (signal) =>
      transmit(
        context,
        { act, method: 'POST', path: tokenPath, form: { ...form, client_id, client_secret } },
        signal,
      ),
    classify: (answer) => classify(answer, act, context.clock.now()),
  })
  return tokenAnswer.parse(reply.body)
}

function classify(reply: PlatformReply, act: string, now: number): PlatformError | undefined {
  const { status } = reply
  if (status < 300)
    return tokenAnswer.safeParse(reply.body).success
      ? undefined
      : new PlatformError('platform.unreadable_answer', { act, status })
  if (status === 429) return toPlatformError(reply, { act, now, timeZone: 'UTC' })
  const body = oauthError.safeParse(reply.body).data ?? oauthError.parse({})
  const isDead = status < 500 && [body.error, body.status].some((word) => deadGrants.has(word))
  const category = [body.status, body.error].find((word) => /^[A-Za-z_]{1,64}$/.test(word))
  return new PlatformError(isDead ? 'platform.auth_expired' : 'platform.transient', {
    act,
    status,
    said: redact(body.message),
    ...(category !== undefined && { category }),
    ...(isDead && { remedy: grantRemedy(category) }),
  })
}

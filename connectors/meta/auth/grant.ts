import { z } from 'zod'
import type { ConnectorContext } from '../../../core/connector/connector.ts'
import type { TokenGrant } from '../../../core/connector/credentials.ts'
import { readAnswer } from '../../../core/connector/read-answer.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { MetaConfig } from '../config.ts'
import { toMetaError, unreadableAnswer } from '../errors.ts'

/** A context that may not have access yet. */
export type UngrantedContext = Omit<ConnectorContext<MetaConfig>, 'credentials'>

const maxAnswerBytes = 65_536

/**
 * A long-lived token is good for about sixty days and can only be exchanged while it is
 * (https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived): it counts as over half of that earlier.
 */
const earlierMs = 30 * 86_400_000

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive().optional(),
})

/** What `GET /debug_token` tells of a token. */
const debugAnswer = z.object({
  data: z.object({
    user_id: z.union([z.string(), z.number()]).transform(String).optional(),
    scopes: z.array(z.string()).default([]),
  }),
})

/** Exchanges the token for a fresh one, as long as it is good. Throws `platform.auth_expired` when a person must authorise anew. */
export async function obtainGrant(
  context: UngrantedContext,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  const act = 'renewing access to the account'
  if (!previous)
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'nobody has authorised this connection yet',
      remedy: 'Run "affluent connections authorize" while the hub runs, and open the link that it prints.',
    })
  return exchangeToken(context, act, previous.accessToken)
}

/** A long-lived token for another one of the same person, with what is known of it. */
export async function exchangeToken(
  context: UngrantedContext,
  act: string,
  token: string,
): Promise<TokenGrant> {
  const exchanged = await askForToken(context, act, {
    grant_type: 'fb_exchange_token',
    fb_exchange_token: token,
  })
  const { app_id: id, app_secret: secret } = context.config
  const { data } = await askGraph(context, {
    act: 'reading what was granted',
    path: 'debug_token',
    query: { input_token: exchanged.access_token, access_token: `${id ?? ''}|${secret ?? ''}` },
    answer: debugAnswer,
  })
  const lifeMs = exchanged.expires_in === undefined ? undefined : exchanged.expires_in * 1000
  return {
    accessToken: exchanged.access_token,
    expiresAt: lifeMs === undefined ? null : context.clock.now() + Math.max(lifeMs - earlierMs, lifeMs / 2),
    facts: { scopes: data.scopes.join(' '), ...(data.user_id !== undefined && { account: data.user_id }) },
  }
}

/** Asks for a token in the name of the app. */
export function askForToken(
  context: UngrantedContext,
  act: string,
  query: Readonly<Record<string, string>>,
): Promise<z.output<typeof tokenAnswer>> {
  const { app_id: id = '', app_secret: secret = '' } = context.config
  const own = { client_id: id, client_secret: secret }
  return askGraph(context, {
    act,
    path: 'oauth/access_token',
    query: { ...own, ...query },
    answer: tokenAnswer,
  })
}

interface GraphQuestion<Answer> {
  readonly act: string
  /** Behind the version. */
  readonly path: string
  readonly method?: 'GET' | 'DELETE'
  readonly query: Readonly<Record<string, string>>
  readonly answer: z.ZodType<Answer>
}

/** One question of the Graph API that no connection's own token is needed for. */
export async function askGraph<Answer>(
  { config, call, fetch: send }: UngrantedContext,
  { act, path, method = 'GET', query, answer }: GraphQuestion<Answer>,
): Promise<Answer> {
  const host = config.base_url.replace(/\/+$/, '')
  const reply = await call({
    act,
    budget: 'app_calls',
    // A code is good once: after a lost answer it is spent.
    repeatable: query['code'] === undefined,
    async send(signal) {
      const address = `${host}/${config.api_version}/${path}?${new URLSearchParams(query).toString()}`
      const response = await send(address, { method, signal, redirect: 'manual' })
      return readAnswer(response, { act, maxBytes: maxAnswerBytes })
    },
    classify: (received) =>
      toMetaError(received, act, config.ad_account_id) ??
      (answer.safeParse(received.body).success ? undefined : unreadableAnswer(act, received.status)),
  })
  return answer.parse(reply.body)
}

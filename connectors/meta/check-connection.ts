import { z } from 'zod'
import type { ConnectionCheck } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { readAdAccount } from './ad-account.ts'
import { callMeta, type MetaContext } from './client.ts'
import { termsLink } from './errors.ts'

/** Tells, one line each, whether the token, its permission, the ad account and the terms are in order. */
export async function checkConnection(context: MetaContext): Promise<readonly ConnectionCheck[]> {
  const token = await checkLine(
    'the token is valid',
    'Give the connection a new token of the system user.',
    () => isTokenValid(context),
  )
  if (!token.ok) return [token]
  const permission = await checkLine(
    'the token may manage ads',
    'Grant the permission ads_management to the app and make a new token.',
    () => mayManageAds(context),
  )
  let termsAccepted = false
  const account = await checkLine(
    'the ad account is reachable',
    'Assign the ad account to the system user, with the right to manage campaigns.',
    async () => {
      termsAccepted = (await readAdAccount(context)).termsAccepted
      return true
    },
  )
  if (!account.ok) return [token, permission, account]
  const remedy = `A person accepts the Custom Audience terms at ${termsLink(context.config.ad_account_id)}`
  const terms = termsAccepted ? { ok: true } : { ok: false, remedy }
  return [token, permission, account, { name: 'the Custom Audience terms are accepted', ...terms }]
}

/** A refusal of the platform becomes a failed line; whatever else goes wrong (network, limits) ends the test. */
async function checkLine(
  name: string,
  remedy: string,
  holds: () => Promise<boolean>,
): Promise<ConnectionCheck> {
  try {
    return (await holds()) ? { name, ok: true } : { name, ok: false, remedy }
  } catch (error) {
    if (error instanceof PlatformError && refusals.has(error.code)) return { name, ok: false, remedy }
    throw error
  }
}

const refusals: ReadonlySet<string> = new Set([
  'platform.auth_expired',
  'platform.permission_missing',
  'platform.not_found',
])

async function isTokenValid(context: MetaContext): Promise<boolean> {
  await callMeta(context, {
    act: 'checking the access token',
    budget: 'app_calls',
    answer: z.object({ id: z.string() }),
    send: (api) => api.call('GET', ['me'], { fields: 'id' }),
  })
  return true
}

const permissions = z.object({ data: z.array(z.object({ permission: z.string(), status: z.string() })) })

async function mayManageAds(context: MetaContext): Promise<boolean> {
  const { data } = await callMeta(context, {
    act: 'reading the permissions of the token',
    budget: 'app_calls',
    answer: permissions,
    send: (api) => api.call('GET', ['me', 'permissions']),
  })
  return data.some(({ permission, status }) => permission === 'ads_management' && status === 'granted')
}

import { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { accountPath, sendHubspot, type HubspotRequest } from './client.ts'
import type { HubspotContext } from './config.ts'
import { nextMidnight } from './next-midnight.ts'

/** The account behind a connection. */
export interface HubspotAccount {
  readonly portalId: string
  /** IANA name; the daily quota starts anew at its midnight. */
  readonly timeZone: string
  /** Host of links for people. */
  readonly uiDomain: string
  /** Requests left today, as the last answer told; null before the first and for marketplace apps. */
  dailyRemaining: number | null
  /** Instant at which `dailyRemaining` no longer holds. */
  dayEndsAt: number
}

const accountDetails = z.object({
  portalId: z.union([z.number(), z.string()]).transform(String),
  timeZone: z.string().default('UTC'),
  uiDomain: z.string().default('app.hubspot.com'),
})

const accounts = new WeakMap<HubspotContext, Promise<HubspotAccount>>()

/**
 * The account of this connection, read once per connection: its time zone must be known before the daily quota is refused, and a
 * token of another account must be noticed before anything is read or written. Throws `platform.account_changed`.
 */
export function openAccount(context: HubspotContext): Promise<HubspotAccount> {
  const known = accounts.get(context)
  if (known) return known
  const opening = readAccount(context)
  accounts.set(context, opening)
  opening.catch(() => accounts.delete(context))
  return opening
}

async function readAccount(context: HubspotContext): Promise<HubspotAccount> {
  const act = 'reading the account details'
  const { answer } = await sendHubspot(
    context,
    { act, method: 'GET', path: accountPath, answer: accountDetails, repeatable: true },
    'UTC',
  )
  const expected = context.config.portal_id
  if (expected !== undefined && expected !== answer.portalId)
    throw new PlatformError('platform.account_changed', { act, expected, found: answer.portalId })
  return { ...answer, dailyRemaining: null, dayEndsAt: 0 }
}

/** Sends one request for the account that the connection is meant for, within its share of the daily quota. */
export async function callHubspot<Answer extends z.ZodType>(
  context: HubspotContext,
  request: HubspotRequest<Answer>,
): Promise<z.output<Answer>> {
  request.signal?.throwIfAborted()
  const account = await openAccount(context)
  keepReserve(context, account, request.act)
  const { answer, headers } = await sendHubspot(context, request, account.timeZone)
  if (headers.dailyRemaining !== undefined) {
    account.dailyRemaining = headers.dailyRemaining
    account.dayEndsAt = nextMidnight(context.clock.now(), account.timeZone)
  }
  return answer
}

function keepReserve(context: HubspotContext, account: HubspotAccount, act: string): void {
  const reserve = context.config.daily_request_reserve
  if (reserve === 0 || account.dailyRemaining === null || context.clock.now() >= account.dayEndsAt) return
  if (account.dailyRemaining > reserve) return
  throw new PlatformError(
    'platform.quota_exhausted',
    { act, said: `${account.dailyRemaining} requests are left today and ${reserve} are reserved` },
    { until: account.dayEndsAt },
  )
}

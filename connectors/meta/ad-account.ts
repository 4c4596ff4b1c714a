import { AdAccount } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import { scoreBudgetOf } from './budgets.ts'
import { callMeta, type MetaContext } from './client.ts'

const terms = z.record(z.string(), z.unknown()).optional()
const account = z.object({ id: z.string(), tos_accepted: terms, user_tos_accepted: terms })

/** What the ad account says of itself. */
export interface AdAccountState {
  /** True when the account, or the person behind the token, accepted the Custom Audience terms. */
  readonly termsAccepted: boolean
  /** The same for the terms of value-based audiences, which are terms of their own. */
  readonly valueTermsAccepted: boolean
}

/** Reads the ad account. Throws `platform.not_found` when the token has no right on it. */
export async function readAdAccount(context: MetaContext): Promise<AdAccountState> {
  const found = await callMeta(context, {
    act: 'reading the ad account',
    budget: scoreBudgetOf(context.config),
    answer: account,
    send: (api) =>
      new AdAccount(context.config.ad_account_id, {}, undefined, api).get([
        'id',
        'tos_accepted',
        'user_tos_accepted',
      ]),
  })
  const isAccepted = (name: string): boolean =>
    [found.tos_accepted, found.user_tos_accepted].some((set) => Number(set?.[name]) === 1)
  return {
    termsAccepted: isAccepted('custom_audience_tos'),
    valueTermsAccepted: isAccepted('value_based_custom_audience_tos'),
  }
}

/** The IANA time zone in which the account's days begin. */
export async function readTimeZone(context: MetaContext, signal: AbortSignal): Promise<string> {
  const found = await callMeta(context, {
    act: 'reading the time zone of the ad account',
    budget: scoreBudgetOf(context.config),
    signal,
    answer: z.object({ timezone_name: z.string() }),
    send: (api) => new AdAccount(context.config.ad_account_id, {}, undefined, api).get(['timezone_name']),
  })
  return found.timezone_name
}

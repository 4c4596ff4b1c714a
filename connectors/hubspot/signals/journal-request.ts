import type { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { appToken, forgetAppToken } from '../auth/app-token.ts'
import { journalBudget } from '../budgets.ts'
import { apiVersions, sendHubspot, type HubspotRequest } from '../client.ts'
import type { HubspotContext } from '../config.ts'

/** Paths of the journal and of its subscriptions. */
export const journalPath = `/webhooks-journal/journal/${apiVersions.journal}`
export const subscriptionsPath = `/webhooks-journal/subscriptions/${apiVersions.journal}`

/**
 * Sends one request of the journal family: by the app's own token, exempt from the account's limits. A token that is refused before
 * its end is dropped and asked for anew: that is no reason for a person to reconnect the account.
 */
export async function callJournal<Answer extends z.ZodType>(
  context: HubspotContext,
  request: Omit<HubspotRequest<Answer>, 'budget' | 'bearer' | 'codes'>,
): Promise<z.output<Answer>> {
  let attempts = 0
  const bearer = (): Promise<string> => {
    if (attempts > 0) forgetAppToken(context)
    attempts += 1
    return appToken(context)
  }
  const codes = { 401: 'platform.transient' } as const
  try {
    const sent = await sendHubspot(context, { ...request, bearer, codes, budget: journalBudget }, 'UTC')
    return sent.answer
  } catch (error) {
    if (error instanceof PlatformError && error.params['status'] === 401) forgetAppToken(context)
    throw error
  }
}

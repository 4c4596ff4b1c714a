import type { z } from 'zod'
import { appToken } from '../auth/app-token.ts'
import { journalBudget } from '../budgets.ts'
import { apiVersions, sendHubspot, type HubspotRequest } from '../client.ts'
import type { HubspotContext } from '../config.ts'

/** Paths of the journal and of its subscriptions. */
export const journalPath = `/webhooks-journal/journal/${apiVersions.journal}`
export const subscriptionsPath = `/webhooks-journal/subscriptions/${apiVersions.journal}`

/** Sends one request of the journal family: by the app's own token, exempt from the account's limits. */
export async function callJournal<Answer extends z.ZodType>(
  context: HubspotContext,
  request: Omit<HubspotRequest<Answer>, 'budget' | 'bearer'>,
): Promise<z.output<Answer>> {
  const { answer } = await sendHubspot(
    context,
    { ...request, budget: journalBudget, bearer: () => appToken(context) },
    'UTC',
  )
  return answer
}

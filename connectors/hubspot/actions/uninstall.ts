import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot, openAccount } from '../account.ts'
import { apiVersions } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { callJournal, subscriptionsPath } from '../signals/journal-request.ts'

/** Takes the app out of the account, as the marketplace demands when a customer leaves. Admins get an e-mail from HubSpot. */
export const uninstall: Action<HubspotConfig> = defineAction({
  name: 'uninstall',
  description:
    "Uninstalls the app from the HubSpot account and ends its journal subscriptions. Access ends at once; HubSpot tells the admins. The account's Hub ID must be given as confirmation. Only for OAuth connections.",
  effect: 'ends_access',
  input: z.strictObject({
    portal_id: z.string().meta({ description: 'Hub ID of the account, as confirmation.' }),
  }),
  async run(context: HubspotContext, { portal_id }) {
    const act = 'uninstalling the app'
    if (context.config.access_token !== undefined)
      throw new PlatformError('platform.invalid_request', {
        act,
        said: 'a Service Key belongs to no app',
        remedy: 'Delete the Service Key in HubSpot under Settings › Integrations › Service Keys.',
      })
    const { portalId } = await openAccount(context)
    if (portal_id !== portalId)
      throw new PlatformError('platform.account_changed', { act, expected: portal_id, found: portalId })
    const subscriptionsEnded = await endSubscriptions(context, portalId)
    await callHubspot(context, {
      act,
      method: 'DELETE',
      path: `/appinstalls/${apiVersions.appInstalls}/external-install`,
      answer: z.literal(''),
      repeatable: false,
    })
    return { uninstalled: portalId, subscriptions_ended: subscriptionsEnded }
  },
})

/** An app without the journal's scopes has no subscriptions to end: no reason to stay installed. */
async function endSubscriptions(context: HubspotContext, portalId: string): Promise<boolean> {
  try {
    await callJournal(context, {
      act: 'ending the journal subscriptions of the account',
      method: 'DELETE',
      path: `${subscriptionsPath}/portals/${portalId}`,
      answer: z.literal(''),
      repeatable: true,
    })
    return true
  } catch (error) {
    if (error instanceof PlatformError) return false
    throw error
  }
}

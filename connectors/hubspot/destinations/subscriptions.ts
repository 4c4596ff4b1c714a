import { z } from 'zod'
import { callHubspot } from '../account.ts'
import { apiVersions } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'

/** Base of the consent API. Its batch calls need Marketing Hub Enterprise. */
export const consentPath = `/communication-preferences/${apiVersions.communicationPreferences}`

const definitionsAnswer = z.object({
  results: z.array(z.object({ id: hubspotId, name: z.string(), isActive: z.boolean().default(true) })),
})

/** A kind of e-mail that a person may leave by itself. */
export interface SubscriptionType {
  readonly id: string
  readonly name: string
}

/** The subscription types in use. */
export async function readSubscriptionTypes(context: HubspotContext): Promise<readonly SubscriptionType[]> {
  const { results } = await callHubspot(context, {
    act: 'reading the subscription types',
    method: 'GET',
    path: `${consentPath}/definitions`,
    answer: definitionsAnswer,
    repeatable: true,
  })
  return results.filter(({ isActive }) => isActive).map(({ id, name }) => ({ id, name }))
}

import { z } from 'zod'
import { callGoogle } from './client.ts'
import type { Ga4Context } from './config.ts'
import { propertyOf } from './endpoints.ts'

/** One of a person's ids in GA4, as `submitUserDeletion` takes exactly one. */
export type AnalyticsId =
  | { readonly userId: string }
  | { readonly clientId: string }
  | { readonly appInstanceId: string }

/**
 * Has all data of one id deleted that Google got before now. Google does not say whether it knew the id; it vanishes from individual
 * reports within 72 hours. Returns the instant of the request (RFC 3339).
 */
export async function deleteUserData(context: Ga4Context, id: AnalyticsId): Promise<string> {
  const { deletionRequestTime } = await callGoogle(context, {
    act: 'requesting the deletion of a user',
    budget: 'admin_requests',
    answer: z.object({ deletionRequestTime: z.string() }),
    send: ({ admin, once }) => admin.submitUserDeletion({ name: propertyOf(context.config), ...id }, once),
  })
  return deletionRequestTime
}

import { z } from 'zod'
import type { JsonObject } from '../../../core/port/json.ts'

/** An audience of the Admin API, as far as it is shown. */
export const audienceAnswer = z.object({
  name: z.string().regex(/^properties\/\d+\/audiences\/\d+$/),
  displayName: z.string(),
  description: z.string().default(''),
  membershipDurationDays: z.number().default(0),
  adsPersonalizationEnabled: z.boolean().default(false),
  createTime: z.string().optional(),
})

/** What an action tells of an audience. */
export function describeAudience(audience: z.output<typeof audienceAnswer>): JsonObject {
  return {
    id: audience.name.split('/').at(-1) ?? '',
    name: audience.displayName,
    description: audience.description,
    membership_duration_days: audience.membershipDurationDays,
    ads_personalization: audience.adsPersonalizationEnabled,
    created_at: audience.createTime ?? null,
  }
}

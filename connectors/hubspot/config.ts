import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { secret } from '../../core/connector/secret.ts'
import { limitTiers } from './budgets.ts'

/** Settings of a HubSpot connection. */
export const hubspotConfig = z.strictObject({
  access_token: secret(
    'Service Key or private-app token of the account, sent as a bearer. Starts with "pat-".',
  ),
  base_url: z
    .url({ protocol: /^https?$/ })
    .default('https://api.hubapi.com')
    .meta({ description: "Address of HubSpot's API, without a path. Only changed to speak to a sandbox." }),
  portal_id: z
    .string()
    .regex(/^\d+$/)
    .optional()
    .meta({ description: 'The account (Hub ID) that is expected. A token of another account is refused.' }),
  limit_tier: z.enum(limitTiers).default('free_starter').meta({
    description:
      'Published request limit that applies: "marketplace_app", or for a Service Key or private app the tier of the account.',
  }),
  daily_request_reserve: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: "Requests of the account's daily quota that are left to other integrations." }),
  unique_property: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/)
    .default('hub_person_id')
    .meta({
      description:
        'Contact property with unique values that new contacts are keyed by when a sync fills it. Others are keyed by e-mail.',
    }),
  archived_check_hours: z.int().min(0).default(6).meta({
    description: 'How often incremental reads walk the recycle bin for deleted contacts, in hours.',
  }),
})

export type HubspotConfig = z.output<typeof hubspotConfig>
export type HubspotContext = ConnectorContext<HubspotConfig>

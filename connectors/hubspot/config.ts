import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { secret } from '../../core/connector/secret.ts'
import { limitTiers } from './budgets.ts'

/**
 * E-mail events as HubSpot's event API names them. The account's own names come from
 * https://developers.hubspot.com/docs/api-reference/events-event-occurrences-v3 (event-types); other tiers have other ones.
 */
const emailEventTypes = [
  'e_sent_email_v2',
  'e_delivered_email_v2',
  'e_opened_email_v2',
  'e_clicked_link_in_email_v2',
  'e_bounced_email_v2',
  'e_unsubscribed_from_email_v2',
  'e_reported_spam_email_v2',
] as const

/** HubSpot's API. */
export const hubspotAddress = 'https://api.hubapi.com'

const settings = z.strictObject({
  access_token: secret(
    'Service Key or private-app token of the account, sent as a bearer. Starts with "pat-". Give either this or client_id and client_secret.',
  ).optional(),
  refresh_token: secret(
    'Refresh token of an OAuth app, from its installation into the account. Needs client_id and client_secret. Left out where the app is installed through the hub.',
  ).optional(),
  client_id: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Client ID of the app. Needed for refresh_token and for the webhooks journal.' }),
  client_secret: secret(
    'Client secret of the app. Needed for refresh_token, for the webhooks journal and to verify webhooks.',
  ).optional(),
  previous_client_secret: secret(
    'The client secret before the last rotation: webhooks that are signed with it are still accepted.',
  ).optional(),
  base_url: z
    .url({ protocol: /^https?$/ })
    .default(hubspotAddress)
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
  import_above: z.int().min(0).default(50_000).meta({
    description:
      'A hand-over with more new contacts than this is sent as one import, a job of HubSpot. At most three imports run at a time.',
  }),
  import_as_marketing_contacts: z.boolean().default(false).meta({
    description:
      'Whether contacts that an import makes become marketing contacts, which HubSpot bills in accounts that have them.',
  }),
  archived_check_hours: z.int().min(0).default(6).meta({
    description: 'How often incremental reads walk the recycle bin for deleted records, in hours.',
  }),
  association_check_hours: z.int().min(0).default(24).meta({
    description:
      'How often contacts are read in full where associated_company_ids is mapped, in hours: a new link alone does not count as a change of the contact.',
  }),
  email_event_types: z
    .array(z.string().min(1))
    .min(1)
    .default([...emailEventTypes])
    .meta({ description: 'Event types that the stream email_events reads, as the account names them.' }),
  email_event_history_days: z.int().min(1).max(3650).default(90).meta({
    description: 'How far back the first read of email_events goes, in days.',
  }),
  lists: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.string().regex(/^\d+$/))
    .default({})
    .meta({
      description:
        'Lists ("segments" in HubSpot) whose members are to be read: a name of your choice and the list\'s id. "vip" makes the stream list_vip.',
    }),
})

/**
 * Settings of a HubSpot connection: access is either a lasting token, or an OAuth app that renews it, by the refresh token given here or by
 * the one that its installation through the hub brings. The faults stand at the key that is missing or too much.
 */
export const hubspotConfig = settings.superRefine((config, refinement) => {
  const fault = (key: keyof typeof config, message: string): void =>
    refinement.addIssue({ code: 'custom', path: [key], message })
  if (config.refresh_token === undefined) {
    const isInstalled = config.client_id !== undefined && config.client_secret !== undefined
    if (config.access_token === undefined && !isInstalled)
      fault('access_token', 'access_token, or client_id and client_secret of an app')
    return
  }
  if (config.access_token !== undefined)
    fault('access_token', 'either access_token or refresh_token, not both')
  if (config.client_id === undefined) fault('client_id', 'the client ID of the app, with a refresh_token')
  if (config.client_secret === undefined)
    fault('client_secret', 'the client secret of the app, with a refresh_token')
})

export type HubspotConfig = z.output<typeof hubspotConfig>
export type HubspotContext = ConnectorContext<HubspotConfig>

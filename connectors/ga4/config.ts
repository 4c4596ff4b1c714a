import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { secret } from '../../core/connector/secret.ts'

const apiName = z
  .string()
  .regex(/^[a-zA-Z][\w:]{0,99}$/, 'expected an API name such as "sessionCampaignName"')

/**
 * A report may have 9 dimensions and 10 metrics (google/analytics/data/v1beta/data.proto); the connector adds the dimension `date`
 * itself, which leaves 8.
 */
const report = z
  .strictObject({
    dimensions: z
      .array(apiName.refine((name) => name !== 'date', 'the date is always there'))
      .max(8)
      .default(['sessionCampaignName', 'sessionSourceMedium'])
      .meta({ description: 'Dimensions of the daily report beside the date, by API name.' }),
    metrics: z
      .array(apiName)
      .min(1)
      .max(10)
      .default(['activeUsers', 'sessions', 'keyEvents', 'totalRevenue'])
      .meta({ description: 'Metrics of the daily report, by API name.' }),
    start_date: z.iso.date().optional().meta({
      description: 'First day that is read. Absent: 90 days before the first read.',
    }),
    look_back_days: z.int().min(0).max(30).default(3).meta({
      description: 'Days that are read again each time: Google still changes them for 24 to 48 hours.',
    }),
    currency_code: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional()
      .meta({ description: 'ISO 4217 code for amounts. Absent: the currency of the property.' }),
  })
  .prefault({})
  .meta({ description: 'What the stream daily_report reads.' })

const audienceExport = z
  .strictObject({
    audience_ids: z
      .array(z.string().regex(/^\d{1,20}$/))
      .max(100)
      .default([])
      .meta({
        description: 'Audiences whose members are read, by id. The action list_audiences tells the ids.',
      }),
    dimensions: z
      .array(z.enum(['deviceId', 'userId', 'isAdsPersonalizationAllowed', 'isLimitedAdTracking']))
      .min(1)
      .default(['userId', 'deviceId'])
      .refine((names) => names.includes('userId') || names.includes('deviceId'), 'needs userId or deviceId')
      .meta({ description: 'What is read of each member.' }),
    reuse_hours: z.int().min(0).max(71).default(24).meta({
      description:
        'An export that is younger is used again: making one costs tokens. Exports end after 72 h.',
    }),
  })
  .prefault({})
  .meta({ description: 'What the stream audience_members reads.' })

/** Settings of a GA4 connection. */
export const ga4Config = z
  .strictObject({
    property_id: z
      .string()
      .regex(/^\d{1,20}$/, 'expected the number of the property')
      .meta({ description: 'Number of the GA4 property (Admin › Property details).' }),
    service_account_key: secret('The whole JSON key file of a service account.').optional(),
    client_id: z.string().min(1).optional().meta({ description: 'OAuth client that a user authorised.' }),
    client_secret: secret('Secret of that OAuth client.').optional(),
    refresh_token: secret(
      'Refresh token of a user who authorised it elsewhere. Absent: somebody authorises it by "affluent connections authorize".',
    ).optional(),
    measurement_id: z
      .string()
      .regex(/^G-[A-Z0-9]{4,20}$/, 'expected "G-" and the code of the web stream')
      .optional()
      .meta({ description: 'Web stream that segment events go to.' }),
    firebase_app_id: z
      .string()
      .regex(/^\d+:\d+:(?:android|ios|web):[0-9a-f]+$/)
      .optional()
      .meta({ description: 'App stream that segment events go to, in place of measurement_id.' }),
    measurement_api_secret: secret(
      'Measurement Protocol API secret of that stream (Admin › Data streams › the stream).',
    ).optional(),
    measurement_region: z.enum(['global', 'eu']).default('global').meta({
      description: 'Where events are collected: "eu" keeps them at region1.google-analytics.com.',
    }),
    property_tier: z
      .enum(['standard', 'analytics_360'])
      .default('standard')
      .meta({ description: 'Decides the published quotas.' }),
    rows_per_request: z.int().min(1).max(250_000).default(250_000).meta({
      description: 'Rows asked for in one request; Google gives at most 250,000.',
    }),
    report,
    audience_export: audienceExport,
    base_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: "Address of a sandbox that serves all of Google's APIs. Absent: Google." }),
    token_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({
        description: "Token endpoint. Absent: the sandbox's, else https://oauth2.googleapis.com/token.",
      }),
  })
  .refine(
    ({ service_account_key, client_id, client_secret, refresh_token }) =>
      service_account_key === undefined
        ? [client_id, client_secret].every((value) => value !== undefined)
        : [client_id, client_secret, refresh_token].every((value) => value === undefined),
    'give service_account_key, or client_id and client_secret',
  )
  .refine(
    ({ measurement_id, firebase_app_id }) => measurement_id === undefined || firebase_app_id === undefined,
    'give measurement_id or firebase_app_id, not both',
  )

export type Ga4Config = z.output<typeof ga4Config>
export type Ga4Context = ConnectorContext<Ga4Config>

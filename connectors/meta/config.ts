import { z } from 'zod'
import { secret } from '../../core/connector/secret.ts'

const settings = z.strictObject({
  access_token: secret(
    'Token of a system user with the permission ads_management. Give either this, or app_id and app_secret: then somebody authorises the app by "affluent connections authorize".',
  ).optional(),
  app_id: z
    .string()
    .regex(/^\d{1,20}$/, 'expected the number of the app')
    .optional()
    .meta({ description: 'App that somebody authorises, where there is no access_token.' }),
  app_secret: secret(
    'App secret. When given, each call carries appsecret_proof, which an app may require. Needed with app_id.',
  ).optional(),
  ad_account_id: z
    .string()
    .regex(/^act_\d{1,20}$/, 'expected "act_" and the number of the ad account')
    .meta({ description: 'Ad account that owns the audiences: "act_" and its number.' }),
  api_version: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'expected a version such as "v25.0"')
    .default('v25.0')
    .meta({ description: 'Version of the Marketing API. Each one ends about a year after its release.' }),
  base_url: z
    .url({ protocol: /^https?$/ })
    .default('https://graph.facebook.com')
    .meta({ description: 'Address of the Graph API; a sandbox has its own.' }),
  customer_file_source: z
    .enum(['USER_PROVIDED_ONLY', 'PARTNER_PROVIDED_ONLY', 'BOTH_USER_AND_PARTNER_PROVIDED'])
    .default('USER_PROVIDED_ONLY')
    .meta({ description: 'Who collected the data, as Meta asks when an audience is created.' }),
  access_tier: z.enum(['limited', 'full']).default('limited').meta({
    description: 'Marketing API Access Tier of the app: it decides how many calls an hour are allowed.',
  }),
  insights_level: z
    .enum(['ad', 'adset', 'campaign', 'account'])
    .default('ad')
    .meta({ description: 'What one line of the stream ad_insights is about.' }),
  insights_history_days: z
    .int()
    .min(1)
    // Meta keeps 37 months.
    .max(1_100)
    .default(90)
    .meta({ description: 'How many days the first read of ad_insights goes back.' }),
  insights_look_back_days: z.int().min(1).max(90).default(28).meta({
    description: 'Days read again each time: Meta credits conversions to the day of the click for 28 days.',
  }),
  insights_days_at_once: z.int().min(0).max(1_100).default(31).meta({
    description: 'Longer ranges are prepared by a report run in the background. 0: always.',
  }),
  limited_data_use: z
    .strictObject({
      country: z.int().min(0).meta({ description: '0: Meta locates the person. 1: United States.' }),
      state: z.int().min(0).meta({ description: '0: Meta locates the person. 1000: California.' }),
    })
    .optional()
    .meta({ description: 'Sends every row under Limited Data Use (US privacy laws). Absent: off.' }),
})

/** Settings of a Meta connection: access is a lasting token, or an app that a person authorises. */
export const metaConfig = settings.superRefine((config, refinement) => {
  const fault = (key: keyof typeof config, message: string): void =>
    refinement.addIssue({ code: 'custom', path: [key], message })
  if (config.access_token === undefined && config.app_id === undefined)
    fault('access_token', 'either access_token, or app_id and app_secret')
  if (config.app_id !== undefined && config.app_secret === undefined)
    fault('app_secret', 'the secret of the app, with app_id')
})

export type MetaConfig = z.output<typeof metaConfig>

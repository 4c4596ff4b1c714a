import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import { secret } from '../../core/connector/secret.ts'

const httpAddress = z.url({ protocol: /^https?$/ })
const apiName = z.string().regex(/^[A-Za-z]\w*$/)

/** Settings of a Salesforce connection. Which of the secrets are needed depends on `auth_flow`. */
export const salesforceConfig = z
  .strictObject({
    login_url: httpAddress.default('https://login.salesforce.com').meta({
      description:
        'Where tokens are asked for: the My Domain address of the org (needed for client credentials), or https://test.salesforce.com for a sandbox org.',
    }),
    auth_flow: z.enum(['refresh_token', 'jwt_bearer', 'client_credentials']).default('refresh_token').meta({
      description:
        '"refresh_token": a user authorises the app in the browser ("affluent connections authorize"); "jwt_bearer": certificate of the app and a user name; "client_credentials": run-as user set in the app.',
    }),
    client_id: z.string().min(1).meta({ description: 'Consumer key of the External Client App.' }),
    client_secret: secret(
      'Consumer secret. Needed for "client_credentials", and for "refresh_token" unless the app waives it.',
    ).optional(),
    previous_client_secret: secret(
      'Consumer secret before a rotation: canvas pages signed with it are shown until it is taken out here.',
    ).optional(),
    refresh_token: secret(
      'The refresh token of the first authorisation. Absent: somebody authorises the app through the hub. Later ones are kept by the hub itself.',
    ).optional(),
    username: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'User that the hub acts as. Needed for "jwt_bearer".' }),
    private_key: secret(
      'Private key (PEM) of the certificate in the app. Needed for "jwt_bearer".',
    ).optional(),
    jwt_audience: httpAddress.optional().meta({
      description:
        'Audience of the assertion. Default: https://login.salesforce.com, or test for sandbox orgs.',
    }),
    expected_org_id: z
      .string()
      .regex(/^00D[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?$/)
      .optional()
      .meta({
        description:
          'The org that is expected (15 or 18 characters). Access to another is refused. Needed for the canvas page and for outbound messages.',
      }),
    outbound_key: z
      .string()
      .regex(/^[\w-]{32,128}$/)
      .optional()
      .meta({
        description:
          'Key in the endpoint address of outbound messages ("?key=…"): 32 to 128 random letters, digits, "-" or "_". Absent: outbound messages are refused.',
        secret: true,
      }),
    canvas_max_age_minutes: z.int().min(1).max(120).default(5).meta({
      description:
        "How old the signed request of a canvas page may be. Salesforce stamps it with the time of the user's token.",
    }),
    api_version: z
      .string()
      .regex(/^\d{2,3}\.0$/)
      .default('67.0')
      .meta({ description: 'Version of the REST API, such as "67.0".' }),
    external_id_field: apiName.default('Hub_Person_Id__c').meta({
      description:
        'Custom field on Contact and Lead (Text, External ID, Unique) that people are created by. Ships in the permission set of the app.',
    }),
    create_people: z.enum(['lead', 'contact', 'never']).default('lead').meta({
      description:
        'What becomes of people whom the org does not hold yet: a new lead, a new contact, or a refusal.',
    }),
    missing_text: z.string().min(1).max(80).default('[not provided]').meta({
      description:
        'Fills the last name, and the company of a lead, where a new person has none: Salesforce wants both.',
    }),
    campaign_type: z.string().min(1).max(40).default('Hub audience').meta({
      description: 'Type of the campaigns that stand for audiences. Campaigns of other types are left alone.',
    }),
    bulk_query_above: z
      .int()
      .min(0)
      .default(100_000)
      .meta({ description: 'Full reads of more records than this go through the Bulk API.' }),
    bulk_write_above: z
      .int()
      .min(200)
      .default(2000)
      .meta({ description: 'More rows than this of one batch go through the Bulk API.' }),
    formula_refresh_hours: z.int().min(0).default(168).meta({
      description:
        'Formula and roll-up fields change without a new time stamp: a stream that maps one is read in full this often, in hours. 0: never.',
    }),
    daily_usage_ceiling: z.number().min(0.01).max(0.95).default(0.8).meta({
      description: "Share of the org's daily API calls, all apps together, at which syncs pause.",
    }),
    change_channel: z
      .string()
      .regex(/^\/data\/\w+$/)
      .optional()
      .meta({
        description:
          'Channel of Change Data Capture that is followed, such as "/data/ChangeEvents" or a custom "/data/Hub__chn". Absent: changes are found by pulls alone.',
      }),
    erasure: z.enum(['unlink', 'forget', 'delete']).default('unlink').meta({
      description:
        'Erasing a person: "unlink" takes them off the hub\'s campaigns and blanks our field; "forget" also marks the linked Individual; "delete" also deletes contact and lead.',
    }),
  })
  .superRefine((config, check) => {
    for (const key of neededBy[config.auth_flow])
      if (config[key] === undefined)
        check.addIssue({ code: 'custom', path: [key], message: `needed for auth_flow "${config.auth_flow}"` })
  })

const neededBy = {
  refresh_token: [],
  jwt_bearer: ['username', 'private_key'],
  client_credentials: ['client_secret'],
} as const

export type SalesforceConfig = z.output<typeof salesforceConfig>
export type SalesforceContext = ConnectorContext<SalesforceConfig>

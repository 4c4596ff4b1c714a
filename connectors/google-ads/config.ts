import { z } from 'zod'
import { secret } from '../../core/connector/secret.ts'

/** Google shows account numbers as 123-456-7890 and refuses them in that form (trap 7): the hyphens are taken out here. */
const accountNumber = (description: string): z.ZodString =>
  z
    .string()
    .regex(/^\d{3}-?\d{3}-?\d{4}$/, 'expected ten digits such as "123-456-7890"')
    .overwrite((number) => number.replaceAll('-', ''))
    .meta({ description })

const address = (url: string, description: string): z.ZodDefault<z.ZodURL> =>
  z
    .url({ protocol: /^https?$/ })
    .default(url)
    .meta({ description })

const settings = z.strictObject({
  customer_id: accountNumber('Google Ads account that owns the lists.'),
  login_customer_id: accountNumber(
    'Manager account through which access is given. Absent: access is direct.',
  ).optional(),
  client_id: z.string().min(1).optional().meta({ description: 'OAuth client of your Google Cloud project.' }),
  client_secret: secret('Secret of that OAuth client.').optional(),
  refresh_token: secret(
    'Refresh token of a person who authorised the client elsewhere. Absent: somebody authorises it by "affluent connections authorize".',
  ).optional(),
  service_account_email: z
    .email()
    .optional()
    .meta({ description: 'Service account that is a user of the Google Ads account; instead of a person.' }),
  service_account_private_key: secret('Private key (PEM) of the service account.').optional(),
  customer_match_terms_accepted: z.boolean().default(false).meta({
    description:
      'True once a person accepted the Customer Match terms in Google Ads; each upload says so to Google. Without it nobody is added.',
  }),
  ad_user_data_consent: z.enum(['granted', 'unspecified']).default('granted').meta({
    description: 'What Google is told of people whose record does not say: consent to ad user data.',
  }),
  ad_personalization_consent: z
    .enum(['granted', 'unspecified'])
    .default('granted')
    .meta({ description: 'The same for ad personalisation.' }),
  denied_personalization: z.enum(['keep_back', 'declare']).default('keep_back').meta({
    description:
      'People who allow ad user data and deny personalisation: not sent at all, or sent with the denial, which Google counts and does not target.',
  }),
  upload_path: z.enum(['data_manager', 'offline_jobs']).default('data_manager').meta({
    description:
      'How people get to Google. "offline_jobs" is the old way of the Google Ads API, only for accounts that Google still allows to use it.',
  }),
  gmail_rule: z.enum(['dots_and_tags', 'dots', 'as_written']).default('dots_and_tags').meta({
    description: 'What is taken out of Gmail addresses before hashing. Google matches all three forms.',
  }),
  hash_encoding: z
    .enum(['hex', 'base64'])
    .default('hex')
    .meta({ description: 'How hashes are written in requests.' }),
  membership_duration_days: z.int().min(1).max(540).optional().meta({
    description: 'How long a person stays on a list that is created here. Absent: the longest, 540.',
  }),
  access_level: z.enum(['explorer', 'basic', 'standard']).default('basic').meta({
    description: 'Access level of the Cloud project: it decides how many operations a day are allowed.',
  }),
  report_history_days: z
    .int()
    .min(1)
    .max(1_095)
    .default(90)
    .meta({ description: 'How many days of reports the first read fetches.' }),
  report_look_back_days: z.int().min(0).max(90).default(30).meta({
    description: 'How many past days each later read fetches again: conversions are credited late.',
  }),
  data_manager_url: address('https://datamanager.googleapis.com', 'Address of the Data Manager API.'),
  google_ads_url: address('https://googleads.googleapis.com', 'Address of the Google Ads API for reports.'),
  // A gRPC connection does not pass the hub's address check, so this one can lead nowhere but to Google or to this machine.
  google_ads_grpc_url: z
    .string()
    .regex(/^(?:https:\/\/[a-z0-9-]+\.googleapis\.com|http:\/\/(?:127\.0\.0\.1|localhost):\d{1,5})$/)
    .default('https://googleads.googleapis.com')
    .meta({
      description: 'Address of the Google Ads API for changes; a sandbox has its own on this machine.',
    }),
  token_url: address('https://oauth2.googleapis.com/token', 'Where access tokens are obtained.'),
})

const person = ['client_id', 'client_secret'] as const
const account = ['service_account_email', 'service_account_private_key'] as const

/**
 * Settings of a Google Ads connection. Access is one of two whole sets: an OAuth client that a person authorises, or a service account.
 */
export const googleAdsConfig = settings
  .refine(
    (config) => {
      const given = (keys: readonly (keyof typeof config)[]): number =>
        keys.filter((key) => config[key] !== undefined).length
      const byPerson = given([...person, 'refresh_token'])
      const byAccount = given(account)
      return byAccount === 0 ? given(person) === 2 : byAccount === 2 && byPerson === 0
    },
    {
      message:
        'give either client_id and client_secret, or service_account_email and service_account_private_key',
    },
  )
  // Google refuses a whole job for a denied consent (chapter 3.2 of the platform notes).
  .refine(
    (config) => config.upload_path === 'data_manager' || config.denied_personalization === 'keep_back',
    { message: 'denied_personalization "declare" needs upload_path "data_manager"' },
  )
  // The old path has no way to say how hashes are written.
  .refine((config) => config.upload_path === 'data_manager' || config.hash_encoding === 'hex', {
    message: 'hash_encoding "base64" needs upload_path "data_manager"',
  })

export type GoogleAdsConfig = z.output<typeof googleAdsConfig>

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awkwardSecret, markedPerson, markedSecret } from './marks.ts'

/** Addresses of the platforms and of those who are told. */
export interface Addresses {
  readonly crm: string
  readonly org: string
  readonly ads: string
  readonly hook: string
  readonly outside: string
  readonly mail: string
  readonly issuer: string
  readonly own: string
}

/** The planted secrets of the environment and of files, by the name they are known under. */
export const planted = {
  AFFLUENT_SECRET_KEY: Buffer.from(markedSecret(1, 32)).toString('base64'),
  AFFLUENT_PREVIOUS_SECRET_KEY: Buffer.from(markedSecret(2, 32)).toString('base64'),
  smtp_password: markedSecret(3, 20),
  slack_path: markedSecret(4),
  alert_webhook_query: markedSecret(5),
  AFFLUENT_ALERT_WEBHOOK_SECRET: markedSecret(6, 40),
  otlp_header: markedSecret(7, 30),
  redis_password: markedSecret(8, 18),
  CRM_TOKEN: `pat-eu1-${markedSecret(9, 22)}`,
  CRM_SECRET: awkwardSecret(10),
  CRM_OLD_SECRET: markedSecret(11, 36),
  ORG_SECRET: awkwardSecret(12),
  ORG_OLD_SECRET: markedSecret(13, 64),
  ORG_REFRESH: `5Aep861${markedSecret(14, 50)}`,
  ORG_OUTBOUND: markedSecret(15, 40),
  ADS_TOKEN: `EAAB${markedSecret(16, 26)}`,
  ADS_SECRET: markedSecret(17, 28),
  HOOK_SECRET: `whsec_${Buffer.from(markedSecret(18, 30)).toString('base64')}`,
  HOOK_OLD_SECRET: `whsec_${Buffer.from(markedSecret(19, 30)).toString('base64')}`,
  hook_query: markedSecret(20),
  unused_variable: markedSecret(21),
} as const

/** Secrets of a workspace's own file, which the hub reads beside the environment. */
const ownFile = (): string =>
  [
    `ADS_SECRET=${planted.ADS_SECRET}`,
    `HOOK_OLD_SECRET=${planted.HOOK_OLD_SECRET}`,
    `UNUSED=${planted.unused_variable}`,
  ].join('\n')

export function environmentOf(addresses: Addresses): Record<string, string> {
  const { smtp_password, slack_path, alert_webhook_query, otlp_header, redis_password, hook_query } = planted
  return {
    AFFLUENT_SECRET_KEY: planted.AFFLUENT_SECRET_KEY,
    AFFLUENT_PREVIOUS_SECRET_KEY: planted.AFFLUENT_PREVIOUS_SECRET_KEY,
    AFFLUENT_PUBLIC_URL: addresses.own,
    AFFLUENT_LOG_LEVEL: 'debug',
    AFFLUENT_SMTP_URL: addresses.mail.replace('//', `//hub:${smtp_password}@`),
    AFFLUENT_ALERT_EMAIL_TO: 'ops@example.com',
    AFFLUENT_ALERT_SLACK_URL: `${addresses.outside}/slack/${slack_path}`,
    AFFLUENT_ALERT_WEBHOOK_URL: `${addresses.outside}/alert?key=${alert_webhook_query}`,
    AFFLUENT_ALERT_WEBHOOK_SECRET: planted.AFFLUENT_ALERT_WEBHOOK_SECRET,
    OTEL_EXPORTER_OTLP_ENDPOINT: addresses.outside,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${otlp_header}`,
    AFFLUENT_REDIS_URL: `redis://hub:${redis_password}@127.0.0.1:1`,
    CRM_TOKEN: planted.CRM_TOKEN,
    CRM_SECRET: planted.CRM_SECRET,
    CRM_OLD_SECRET: planted.CRM_OLD_SECRET,
    ORG_SECRET: planted.ORG_SECRET,
    ORG_OLD_SECRET: planted.ORG_OLD_SECRET,
    ORG_OUTBOUND: planted.ORG_OUTBOUND,
    ADS_TOKEN: planted.ADS_TOKEN,
    HOOK_SECRET: planted.HOOK_SECRET,
    HOOK_URL: `${addresses.hook}/in?key=${hook_query}`,
    APP_SECRET: 'sandbox-secret',
    AFFLUENT_OIDC_ISSUER: addresses.issuer,
    AFFLUENT_OIDC_CLIENT_ID: 'affluent-test',
    AFFLUENT_OIDC_CLIENT_SECRET: 'oidc-client-secret-of-tests',
    AFFLUENT_OIDC_ROLES: 'domain:example.com=viewer',
  }
}

const env = (name: string): string => `\${env:${name}}`
const connection = (name: string, connector: string, config: object): object => ({
  kind: 'connection',
  version: 1,
  name,
  connector,
  config,
})
const pull = (name: string, of: string, stream: string): object => ({
  kind: 'sync',
  version: 1,
  name,
  source: { connection: of, stream },
})
const deliver = (to: string, kind: string, fields: object, audience = 'Everyone'): object => ({
  kind: 'sync',
  version: 1,
  name: `everyone-to-${to}`,
  segment: 'everyone',
  destination: { connection: to, kind, audience },
  fields,
  consent: [{ purpose: 'newsletter', channel: 'email' }],
})
const email = { identifier: 'email' }
const names = {
  identifiers: { email: { from: 'email' }, phone: { from: 'phone' } },
  traits: { first_name: { from: 'first_name' }, last_name: { from: 'last_name' } },
}
const consents = [
  { purpose: 'newsletter', channel: 'email', from: 'news', granted: ['yes', 'true'], denied: ['no'] },
]

function manifestsOf(addresses: Addresses): readonly object[] {
  return [
    {
      kind: 'profile_schema',
      version: 1,
      name: 'people',
      traits: { first_name: { type: 'text' }, last_name: { type: 'text' }, visits: { type: 'number' } },
      identifiers: {
        email: { form: 'email' },
        phone: { form: 'phone' },
        user_id: { form: 'exact' },
        hubspot_contact_id: { form: 'exact' },
        salesforce_contact_id: { form: 'exact' },
      },
      events: { purchase: { properties: { amount: 'number' } } },
      consents: { newsletter: { channels: ['email'] } },
      source_priority: ['shop', 'crm', 'events'],
      default_country: 'FR',
    },
    connection('shop', 'files', {
      folder: 'data',
      streams: { people: { path: 'people.csv', format: 'csv', id: 'id' } },
    }),
    connection('crm', 'hubspot', {
      base_url: addresses.crm,
      access_token: env('CRM_TOKEN'),
      client_secret: env('CRM_SECRET'),
      previous_client_secret: env('CRM_OLD_SECRET'),
      portal_id: '4242424',
    }),
    connection('app', 'hubspot', {
      base_url: addresses.crm,
      client_id: 'sandbox-client',
      client_secret: env('APP_SECRET'),
    }),
    connection('org', 'salesforce', {
      login_url: addresses.org,
      client_id: 'org-client',
      client_secret: env('ORG_SECRET'),
      previous_client_secret: env('ORG_OLD_SECRET'),
      refresh_token: '${file:org-refresh.txt}',
      outbound_key: env('ORG_OUTBOUND'),
      expected_org_id: '00D5g000004ABCDEA4',
    }),
    connection('ads', 'meta', {
      base_url: addresses.ads,
      access_token: env('ADS_TOKEN'),
      app_secret: env('ADS_SECRET'),
      ad_account_id: 'act_1234567890',
    }),
    connection('hook', 'webhooks', {
      endpoints: {
        crew: { url: env('HOOK_URL'), secret: env('HOOK_SECRET'), previous_secret: env('HOOK_OLD_SECRET') },
      },
    }),
    {
      kind: 'mapping',
      version: 1,
      name: 'shop-people',
      connection: 'shop',
      stream: 'people',
      ...names,
      traits: { ...names.traits, visits: { from: 'visits', apply: ['number'] } },
      consents,
    },
    {
      kind: 'mapping',
      version: 1,
      name: 'crm-contacts',
      connection: 'crm',
      stream: 'contacts',
      identifiers: { email: { from: 'email' }, hubspot_contact_id: { from: 'hs_object_id' } },
      traits: { first_name: { from: 'firstname' }, last_name: { from: 'lastname' } },
    },
    {
      kind: 'mapping',
      version: 1,
      name: 'events-identify',
      connection: 'events',
      stream: 'identify',
      identifiers: { user_id: { from: 'userId' }, email: { from: 'traits.email' } },
      traits: { first_name: { from: 'traits.first_name' } },
    },
    { kind: 'segment', version: 1, name: 'everyone', rule: { all: [] } },
    { kind: 'segment', version: 1, name: 'dinner', members: 'picked' },
    pull('pull-shop', 'shop', 'people'),
    pull('pull-crm', 'crm', 'contacts'),
    deliver('crm', 'static_list', {
      email,
      firstname: { trait: 'first_name' },
      lastname: { trait: 'last_name' },
    }),
    deliver('app', 'static_list', { email, firstname: { trait: 'first_name' } }, 'Everyone too'),
    deliver('org', 'campaign', { Email: email, LastName: { trait: 'last_name' } }),
    deliver('ads', 'custom_audience', { EMAIL: email, FN: { trait: 'first_name' } }),
    deliver('hook', 'endpoint', { email, first_name: { trait: 'first_name' } }, 'crew'),
  ]
}

/** Fourteen people of a file; some rows are broken in each way. */
function fileOfPeople(): string {
  const rows = Array.from({ length: 14 }, (_, at) => {
    const { id, email: address, firstName, lastName, phone } = markedPerson(at + 1)
    if (at === 10) return `${id},"${address},${firstName}`
    if (at === 11)
      return `${id},${address},${firstName},${lastName},${phone},yes,${firstName} visits,extra,${address}`
    if (at === 12) return `,${address},${firstName},${lastName},${phone},yes,1`
    if (at === 13)
      return `${id},${address}@@,${firstName}\u0000,${lastName},${phone}x${address},${address},many ${lastName}`
    return `${id},${address},${firstName},${lastName},${phone},yes,${at}`
  })
  const broken = rows.splice(10, 1)
  return `id,email,first_name,last_name,phone,news,visits\n${rows.join('\n')}\n${broken.join('\n')}\n`
}

/** A workspace full of marks, nothing of it in force yet. */
export async function aMarkedWorkspace(addresses: Addresses): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leaks-'))
  await mkdir(join(folder, 'manifests'))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify(manifestsOf(addresses), null, 2))
  await writeFile(join(folder, 'data', 'people.csv'), fileOfPeople())
  await writeFile(join(folder, '.env'), ownFile())
  await writeFile(join(folder, 'org-refresh.txt'), `${planted.ORG_REFRESH}\n`)
  return folder
}

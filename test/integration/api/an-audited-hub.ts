import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { canvasOrg } from '../../support/a-canvas-envelope.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { freePort } from '../../support/free-port.ts'
import { readFake1000 } from '../../support/labelled-records.ts'
import {
  clientId,
  clientSecret,
  startOidcProvider,
  type OidcProvider,
} from '../../support/start-oidc-provider.ts'

/** Secrets of its connections, with which platforms sign. */
export const secrets = { crm: 'hubspot-app-secret', org: 'consumer-secret-of-the-app' } as const

const env = {
  CRM_TOKEN: 'sandbox-token',
  CRM_SECRET: secrets.crm,
  APP_SECRET: 'sandbox-secret',
  ORG_SECRET: secrets.org,
  ORG_REFRESH: '5Aep',
  AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1',
}

/** Records of platforms that it knows people by. */
export const known = { contact: '101', salesforceContact: '0035g000003ABCDAA4' } as const

/** Paths of the application by method; what only refuses other methods is left out. */
export interface MountedRoute {
  readonly method: string
  readonly path: string
}

export interface AuditedWorkspace {
  readonly hub: ServedHub
  readonly hubspot: HubspotSandbox
  readonly provider: OidcProvider
  /** Every route that the application answers. */
  readonly mounted: readonly MountedRoute[]
  close(): Promise<void>
}

/** A hub that everything can be done with: matched people, platforms that push and show, an app to be authorised, single sign-on. */
export async function anAuditedHub(): Promise<AuditedWorkspace> {
  const [hubspot, provider] = await Promise.all([
    startHubspotSandbox({ clock: systemClock, limits: 'off' }),
    startOidcProvider(),
  ])
  const port = await freePort()
  const apps: Parameters<typeof routesOf>[0][] = []
  const hub = await aServedHub({
    port,
    env,
    arrange: (folder) => arrange(folder, hubspot.url),
    serve: {
      publicUrl: `http://127.0.0.1:${port}`,
      oidc: {
        issuer: provider.issuer,
        clientId,
        clientSecret,
        groupsClaim: 'groups',
        rules: [{ by: 'domain', value: 'example.com', role: 'admin' }],
      },
      // Nothing of its own: it is handed the application.
      beside: [{ name: 'own', routes: [], mount: (app) => void apps.push(app) }],
    },
  })
  await meetRecords(hub)
  return {
    hub,
    hubspot,
    provider,
    mounted: apps.flatMap(routesOf),
    async close() {
      await hub.close()
      await Promise.all([hubspot.close(), provider.close()])
    },
  }
}

/** What takes every method there is, only refuses them. */
const mostMethods = 5

interface Layer {
  readonly route?: {
    readonly path: string | readonly string[]
    readonly methods: Readonly<Record<string, boolean>>
  }
}

function routesOf({ router }: { readonly router: { readonly stack: readonly object[] } }): MountedRoute[] {
  return (router.stack as readonly Layer[]).flatMap(({ route }) =>
    route === undefined || Object.keys(route.methods).length > mostMethods
      ? []
      : [route.path].flat().flatMap((path) =>
          Object.keys(route.methods).map((method) => ({
            method: method.toUpperCase(),
            path: path.replaceAll(/:(\w+)/g, '{$1}'),
          })),
        ),
  )
}

const columns = ['first_name', 'surname', 'dob', 'city', 'email']
const header = (kind: string, name: string) => ({ kind, version: 1, name })

async function arrange(folder: string, crm: string): Promise<void> {
  const { rows, matching } = await readFake1000()
  // The o of the second one is Cyrillic: somebody has to look at the pair.
  const alike = ['otto@shop.example', 'оttо@shop.example']
  const lines = [
    ...rows.slice(0, 400).map((row, at) => [`r${at}`, ...columns.map((name) => row[name] ?? '')].join(',')),
    ...alike.map((email, at) => `alike-${at},Ottoline,Kowalczyk,1971-03-09,London,${email}`),
  ]
  await writeFile(join(folder, 'data', 'folk.csv'), `${['id', ...columns].join(',')}\n${lines.join('\n')}\n`)
  await widenSchema(join(folder, 'manifests', 'profile-schema.json'))
  await writeFile(
    join(folder, 'manifests', 'audited.json'),
    JSON.stringify([...folk({ ...matching, threshold: 0 }), ...platforms(crm)]),
  )
}

async function widenSchema(file: string): Promise<void> {
  const schema = JSON.parse(await readFile(file, 'utf8')) as { traits: object; source_priority: string[] }
  const text = { type: 'text' }
  const traits = { ...schema.traits, surname: text, dob: text, city: text }
  const source_priority = [...schema.source_priority, 'folk', 'crm', 'org']
  await writeFile(file, JSON.stringify({ ...schema, traits, source_priority }))
}

const folk = (matching: object): readonly object[] => [
  {
    ...header('connection', 'folk'),
    connector: 'files',
    config: { folder: 'data', streams: { people: { path: 'folk.csv', format: 'csv', id: 'id' } } },
  },
  {
    ...header('mapping', 'folk'),
    connection: 'folk',
    stream: 'people',
    identifiers: { email: { from: 'email' } },
    traits: Object.fromEntries(columns.slice(0, 4).map((name) => [name, { from: name }])),
  },
  { ...header('sync', 'pull-folk'), source: { connection: 'folk', stream: 'people' } },
  { ...header('identity', 'people'), matching },
]

const platforms = (crm: string): readonly object[] => [
  {
    ...header('connection', 'crm'),
    connector: 'hubspot',
    config: {
      base_url: crm,
      access_token: '${env:CRM_TOKEN}',
      client_secret: '${env:CRM_SECRET}',
      portal_id: '4242424',
    },
  },
  {
    ...header('connection', 'app'),
    connector: 'hubspot',
    config: { base_url: crm, client_id: 'sandbox-client', client_secret: '${env:APP_SECRET}' },
  },
  {
    ...header('connection', 'org'),
    connector: 'salesforce',
    config: {
      client_id: '3MVG9',
      refresh_token: '${env:ORG_REFRESH}',
      client_secret: '${env:ORG_SECRET}',
      expected_org_id: canvasOrg.orgId,
    },
  },
  ...[
    ['crm', 'contacts', 'email'],
    ['org', 'contacts', 'Email'],
  ].map(([connection = '', stream, from]) => ({
    ...header('mapping', `${connection}-contacts`),
    connection,
    stream,
    identifiers: { email: { from } },
    traits: {},
  })),
]

/** Contacts of both platforms, as if they had been pulled. */
async function meetRecords({ current }: ServedHub): Promise<void> {
  const { profiles, clock } = current.open()
  const at = clock.now()
  for (const [connection, stream, externalId, field] of [
    ['crm', 'contacts', known.contact, 'email'],
    ['org', 'contacts', known.salesforceContact, 'Email'],
  ] as const)
    await profiles.writePage({
      stream: { connection, stream },
      runId: `meet-${connection}`,
      receivedAt: at,
      records: [
        { externalId, versionAt: at, deleted: false, fields: { [field]: `${connection}@people.example` } },
      ],
      quarantined: [],
    })
}

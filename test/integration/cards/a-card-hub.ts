import { createHmac } from 'node:crypto'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { refusePick } from '../../../core/membership/refuse-pick.ts'
import { createAnswerCard, type AnswerCard } from '../../../hub-server/cards/answer-card.ts'
import { openCards } from '../../../hub-server/cards/open-cards.ts'
import { readPersonCard } from '../../../hub-server/cards/person-card.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer } from '../../../hub-server/http/start-server.ts'
import type { OpenWorkspace } from '../../../hub-server/hub.ts'
import { createWebhookReceiver } from '../../../hub-server/inbox/receive-webhook.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { createSegmentInsight } from '../../../hub-server/warehouse/segment-insight.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../../support/a-cycle.ts'
import { aGate } from '../../support/a-gate.ts'
import type { FixedClock } from '../../support/fixed-clock.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'

export const publicUrl = 'https://hub.example.com'
export const secret = 'hubspot-app-secret'

const hubspot = (name: string, portal: string | undefined, clientSecret = secret) => ({
  kind: 'connection',
  version: 1,
  name,
  connector: 'hubspot',
  config: {
    access_token: 'pat-x',
    client_secret: clientSecret,
    ...(portal !== undefined && { portal_id: portal }),
  },
})

/** Account 5 as "crm", account 6 of the same app as "crm-us", another app as "other"; contacts and two hand-picked segments. */
const manifests = [
  {
    kind: 'profile_schema',
    version: 1,
    name: 'people',
    traits: { city: { type: 'text' } },
    identifiers: { email: { form: 'email' }, hubspot_contact_id: { form: 'exact' } },
    consents: { newsletter: { channels: ['email'] } },
  },
  hubspot('crm', '5'),
  hubspot('crm-us', '6'),
  hubspot('other', '5', 'secret-of-another-app'),
  hubspot('unset', undefined),
  {
    kind: 'mapping',
    version: 1,
    name: 'contacts',
    connection: 'crm',
    stream: 'contacts',
    identifiers: { email: { from: 'email' }, hubspot_contact_id: { from: 'hs_object_id' } },
    traits: { city: { from: 'city' } },
    consents: [
      { purpose: 'newsletter', channel: 'email', from: 'optin', granted: ['true'], denied: ['false'] },
    ],
  },
  {
    kind: 'segment',
    version: 1,
    name: 'parisians',
    title: 'People of Paris',
    rule: { trait: 'city', op: 'equals', value: 'Paris' },
  },
  { kind: 'segment', version: 1, name: 'dinner', members: 'picked' },
  {
    kind: 'sync',
    version: 1,
    name: 'parisians-to-list',
    segment: 'parisians',
    destination: { connection: 'crm', kind: 'static_list', audience: 'Paris' },
    fields: { email: { identifier: 'email' } },
    consent: [{ purpose: 'newsletter', channel: 'email' }],
  },
]

export interface CardHub {
  readonly bench: CycleBench
  readonly workspace: Workspace
  readonly answerCard: AnswerCard
  readonly lines: readonly string[]
  request(
    path: string,
    call?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<HttpAnswer>
  cycle(): Promise<void>
  close(): Promise<void>
}

/** A server with HubSpot's connector over a real warehouse, in which contacts 101 and 102 are known. Nothing calls a platform. */
export async function aCardHub(clock: FixedClock): Promise<CardHub> {
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  const bench = await aCycleBench({ clock, workspace, connectors: [hubspotConnector] })
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const insight = createSegmentInsight({
    duckdb: bench.duckdb,
    schema: workspace.profileSchema,
    segments: bench.segments,
  })
  const eventDrain = { drain: () => Promise.resolve(0) }
  const open: OpenWorkspace = { ...bench, workspace, insight, eventDrain, logger }
  const receive = createWebhookReceiver({
    manifests: workspace.connections,
    connect: bench.connect,
    inbox: bench.control,
    publicUrl,
    refuse: ({ signal }) => refusePick(workspace, signal),
    onKept: () => undefined,
    clock,
    logger,
  })
  const app = createApp({
    routes: [],
    gate: aGate(bench.control),
    readiness: [],
    host: '127.0.0.1',
    webhooks: { publicUrl, receive, signalState: (code) => bench.control.signalState(code) },
    beside: openCards({ open: () => open }, publicUrl),
    logger,
  })
  const server = await startServer({ app, port: 0, clock: systemClock })
  const hub: CardHub = {
    bench,
    workspace,
    lines,
    answerCard: createAnswerCard({
      manifests: workspace.connections,
      connect: bench.connect,
      control: bench.control,
      readCard: (subject, translator) => readPersonCard(open, subject, translator),
      clock,
      logger,
    }),
    request: (path, { method = 'GET', headers = {}, body } = {}) =>
      httpRequest(server.url + path, {
        method,
        // Node tells no length of a body that a GET has: its bytes would be another, broken request.
        headers: {
          ...headers,
          host: 'hub.example.com',
          ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
        },
        ...(body !== undefined && { body }),
      }),
    async cycle() {
      await runCycle(bench, {
        workspace,
        // No sync: nobody calls HubSpot here.
        syncs: [],
        asOf: clock.now(),
        actor: 'cli:test',
        signal: new AbortController().signal,
        onEvent: () => undefined,
      })
    },
    async close() {
      await server.close()
      await bench.close()
    },
  }
  await writeContacts(hub, clock, [
    { hs_object_id: '101', email: 'ada@example.com', city: 'Paris', optin: 'true' },
    { hs_object_id: '102', email: 'grace@example.com', city: 'Lyon', optin: 'false' },
  ])
  await hub.cycle()
  return hub
}

export const writeContacts = (
  { bench }: Pick<CardHub, 'bench'>,
  clock: FixedClock,
  contacts: readonly { readonly hs_object_id: string; readonly [field: string]: string }[],
) =>
  bench.profiles.writePage({
    stream: { connection: 'crm', stream: 'contacts' },
    runId: `run-${clock.now()}`,
    receivedAt: clock.now(),
    records: contacts.map((fields) => ({
      externalId: fields.hs_object_id,
      versionAt: clock.now(),
      deleted: false,
      fields,
    })),
    quarantined: [],
  })

/** A call of the card as HubSpot makes it, before it is sent. */
export interface CardMessage {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function signCard(
  path: string,
  {
    key = secret,
    at,
    method = 'GET',
    body = '',
  }: { key?: string; at: number; method?: string; body?: string },
): CardMessage {
  // https://developers.hubspot.com: of the escapes in the address, those of : / ? @ ! $ ' ( ) * , ; are decoded before it is signed.
  const address = `${publicUrl}${path}`.replaceAll(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) =>
    decodeURIComponent(escape),
  )
  const signed = createHmac('sha256', key).update(`${method}${address}${body}${at}`).digest('base64')
  return {
    method,
    path,
    headers: { 'x-hubspot-signature-v3': signed, 'x-hubspot-request-timestamp': String(at) },
    body,
  }
}

export const cardPath = (
  contact: string,
  { portal = '5', language = 'en', connection = 'crm' } = {},
): string =>
  `/cards/hubspot/${connection}/person?objectId=${contact}&language=${language}&portalId=${portal}&userId=77&userEmail=m%40shop.example&appId=9`

/** The HTTP status, without a socket: 200, or what the error's code stands for. */
export async function statusOf(
  { answerCard }: CardHub,
  { method, path, headers, body }: CardMessage,
): Promise<number> {
  const [, , platform = '', connection = ''] = new URL(path, publicUrl).pathname.split('/')
  const message = { method, url: publicUrl + path, headers, body: new TextEncoder().encode(body) }
  try {
    await answerCard({ platform, connection }, message, 'en')
    return 200
  } catch (error) {
    return error instanceof AffluentError ? error.rule.http : 500
  }
}

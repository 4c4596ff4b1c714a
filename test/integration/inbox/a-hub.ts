import { Agent, request } from 'node:http'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import type { Connector } from '../../../core/connector/connector.ts'
import { connectionManifest, type ConnectionManifest } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { KeptSignals, ToldSignal } from '../../../core/port/inbox.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { Telemetry } from '../../../core/port/telemetry.ts'
import type { WebhookPorts } from '../../../hub-server/http/webhook-routes.ts'
import { createWebhookReceiver } from '../../../hub-server/inbox/receive-webhook.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import type { SignedMessage } from '../../support/signed-webhooks.ts'
import { anApi, type ApiSettings, type ApiUnderTest } from '../http/an-api.ts'

export const publicUrl = 'https://hub.example.com'

/** Secrets of the apps whose messages `aHub` takes. */
export const secrets = { hubspot: 'hubspot-app-secret', meta: 'meta-app-secret' }

/** HubSpot account 5 as "crm", account 6 of the same app as "crm-us", another app as "other", Meta as "ads". */
const connections: Readonly<Record<string, { connector: string; config: JsonObject }>> = {
  crm: hubspot(secrets.hubspot, '5'),
  'crm-us': hubspot(secrets.hubspot, '6'),
  other: hubspot('secret-of-another-app', '5'),
  rotating: {
    connector: 'hubspot',
    config: { ...hubspot('new-secret', '9').config, previous_client_secret: 'old-secret' },
  },
  unset: { connector: 'hubspot', config: { access_token: 'pat-x', client_secret: 'no-portal-secret' } },
  ads: {
    connector: 'meta',
    config: { access_token: 'token', app_secret: secrets.meta, ad_account_id: 'act_1' },
  },
}

function hubspot(secret: string, portal: string): { connector: string; config: JsonObject } {
  return {
    connector: 'hubspot',
    config: { access_token: 'pat-x', client_secret: secret, portal_id: portal },
  }
}

export interface HubUnderTest {
  readonly api: ApiUnderTest
  readonly store: ControlStore
  readonly ports: WebhookPorts
  /** What each commit of the inbox kept. */
  readonly commits: readonly KeptSignals[]
  /** How often it was told that signals wait. */
  readonly rings: () => number
  /** Lines of the log. */
  readonly lines: readonly string[]
  /** Posts a message as it is and gives the answer. */
  post(message: SignedMessage): Promise<Posted>
  close(): Promise<void>
}

interface Posted {
  readonly status: number
  readonly text: string
}

export interface HubSettings {
  /** File of the control store; absent: in memory. */
  readonly path?: string
  /** An open store instead, which is not closed. */
  readonly store?: ControlStore
  readonly limits?: ApiSettings['limits']
  readonly ports?: ApiSettings['ports']
  readonly telemetry?: Telemetry
  /** Stands before the store's own, to fail or to wait. */
  readonly beforeKeep?: (told: readonly ToldSignal[]) => Promise<void>
}

/** A server with the real connectors of HubSpot and Meta over a real store; nothing calls a platform. */
export async function aHub(clock: Clock, settings: HubSettings = {}): Promise<HubUnderTest> {
  const store = settings.store ?? (await openControlStore(settings.path ?? ':memory:', clock))
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const commits: KeptSignals[] = []
  let rings = 0
  const manifests = manifestsOf()
  const receive = createWebhookReceiver({
    manifests,
    connect: createConnections({
      manifests,
      connectors: new Map<string, Connector>([
        ['hubspot', hubspotConnector],
        ['meta', metaConnector],
      ]),
      resolveConfig: (config) => Promise.resolve(config),
      folder: '.',
      grants: { store, box: createSecretBox(new Uint8Array(32)), holder: 'test' },
      clock,
      random: () => 0.5,
      logger,
      signal: new AbortController().signal,
    }),
    inbox: {
      codeOf: (told) => store.codeOf(told),
      async keepSignals(told) {
        await settings.beforeKeep?.(told)
        const kept = await store.keepSignals(told)
        commits.push(kept)
        return kept
      },
    },
    publicUrl,
    onKept: () => (rings += 1),
    ...(settings.telemetry && { telemetry: settings.telemetry }),
    clock,
    logger,
  })
  const ports: WebhookPorts = { publicUrl, receive, signalState: (code) => store.signalState(code) }
  const api = await anApi({
    webhooks: ports,
    ...(settings.telemetry && { telemetry: settings.telemetry }),
    ...(settings.limits && { limits: settings.limits }),
    ...(settings.ports && { ports: settings.ports }),
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  return {
    api,
    store,
    ports,
    commits,
    rings: () => rings,
    lines,
    post: (message) => post(agent, api.server.url, message),
    async close() {
      agent.destroy()
      await api.close()
      if (!settings.store) await store.close()
    },
  }
}

function manifestsOf(): Map<string, ConnectionManifest> {
  return new Map(
    Object.entries(connections).map(([name, settings]) => [
      name,
      connectionManifest.parse({ kind: 'connection', version: 1, name, ...settings }),
    ]),
  )
}

function post(agent: Agent, url: string, { path, headers, body }: SignedMessage): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, {
      agent,
      method: 'POST',
      // The name that a proxy in front passes on.
      headers: { ...headers, host: 'hub.example.com', 'content-length': body.byteLength },
    })
    outgoing.on('error', (error) => {
      // The server closed an idle connection in the moment it was taken again: as every client, this one uses another.
      if (outgoing.reusedSocket) resolve(post(agent, url, { path, headers, body }))
      else reject(error)
    })
    outgoing.once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.once('error', reject)
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    outgoing.end(body)
  })
}

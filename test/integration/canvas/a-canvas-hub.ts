import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { connectionManifest, type ConnectionManifest } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { canvasMount } from '../../../hub-server/canvas/canvas-routes.ts'
import { createShowPerson } from '../../../hub-server/canvas/show-person.ts'
import type { CardSubject, PersonCard } from '../../../hub-server/cards/person-card.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer } from '../../../hub-server/http/start-server.ts'
import type { WebhookPorts } from '../../../hub-server/http/webhook-routes.ts'
import { createWebhookReceiver } from '../../../hub-server/inbox/receive-webhook.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import { canvasOrg } from '../../support/a-canvas-envelope.ts'
import { aGate } from '../../support/a-gate.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import type { SignedMessage } from '../../support/signed-webhooks.ts'

const publicUrl = 'https://hub.example.com'
export const consumerSecret = 'consumer-secret-of-the-app'
export const outboundKey = 'outbound-key-of-forty-characters-01234567'

const config = {
  client_id: '3MVG9',
  client_secret: consumerSecret,
  refresh_token: '5Aep',
  expected_org_id: canvasOrg.orgId,
  outbound_key: outboundKey,
}

/** "crm" is proven by everything; the others lack or differ in one thing. */
const connections: Readonly<Record<string, JsonObject>> = {
  crm: config,
  'crm-uat': { ...config, client_secret: 'secret-of-another-app', outbound_key: `${outboundKey}-other` },
  'another-org': { ...config, expected_org_id: '00D5g000004OTHREA4' },
  unset: { client_id: '3MVG9', refresh_token: '5Aep', client_secret: consumerSecret },
}

export interface CanvasHub {
  /** Where it listens. */
  readonly url: string
  readonly store: ControlStore
  /** Whom cards were read of. */
  readonly asked: readonly CardSubject[]
  /** Lines of the log. */
  readonly lines: readonly string[]
  post(message: SignedMessage): Promise<HttpAnswer>
  call(method: string, path: string): Promise<HttpAnswer>
  /** The HTTP status, without a socket: 200, or what the error's code stands for. */
  statusOf(message: SignedMessage): Promise<number>
  close(): Promise<void>
}

export interface CanvasSettings {
  /** File of the control store; absent: in memory. */
  readonly path?: string
  /** Stands before the store’s own, to fail. */
  readonly beforeKeep?: () => Promise<void>
  readonly readCard?: (subject: CardSubject) => PersonCard | undefined
}

/** A server with Salesforce's connector over a real store; nothing calls a platform. Cards are what `readCard` says. */
export async function aCanvasHub(clock: Clock, settings: CanvasSettings = {}): Promise<CanvasHub> {
  const store = await openControlStore(settings.path ?? ':memory:', clock)
  const lines: string[] = []
  const asked: CardSubject[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const manifests = manifestsOf()
  const connect = createConnections({
    manifests,
    connectors: new Map([['salesforce', salesforceConnector]]),
    resolveConfig: (values) => Promise.resolve(values),
    folder: '.',
    grants: { store, box: createSecretBox(new Uint8Array(32)), holder: 'test' },
    clock,
    random: () => 0.5,
    logger,
    signal: new AbortController().signal,
  })
  const show = createShowPerson({
    manifests,
    connect,
    control: store,
    readCard(subject) {
      asked.push(subject)
      return Promise.resolve(settings.readCard?.(subject))
    },
    clock,
    logger,
  })
  const ports: WebhookPorts = {
    publicUrl,
    receive: createWebhookReceiver({
      manifests,
      connect,
      inbox: {
        codeOf: (told) => store.codeOf(told),
        async keepSignals(told) {
          await settings.beforeKeep?.()
          return store.keepSignals(told)
        },
      },
      publicUrl,
      onKept: () => undefined,
      clock,
      logger,
    }),
    signalState: (code) => store.signalState(code),
  }
  const app = createApp({
    routes: [],
    gate: aGate(store),
    readiness: [],
    host: '127.0.0.1',
    webhooks: ports,
    beside: [canvasMount({ publicUrl, show })],
    logger,
  })
  const server = await startServer({ app, port: 0, clock: systemClock })
  return {
    url: server.url,
    store,
    asked,
    lines,
    post: ({ path, headers, body }) =>
      httpRequest(server.url + path, {
        method: 'POST',
        headers: { ...headers, host: 'hub.example.com' },
        body: new TextDecoder().decode(body),
      }),
    call: (method, path) => httpRequest(server.url + path, { method, headers: { host: '127.0.0.1' } }),
    async statusOf({ path, headers, body }) {
      const [, kind, connection = '', webhook = ''] = new URL(path, publicUrl).pathname.split('/')
      const message = { method: 'POST', url: publicUrl + path, headers, body }
      try {
        if (kind === 'canvas') await show(connection, message)
        else await ports.receive({ connection, webhook }, message)
        return 200
      } catch (error) {
        return error instanceof AffluentError ? error.rule.http : 500
      }
    },
    async close() {
      await server.close()
      await store.close()
    },
  }
}

function manifestsOf(): Map<string, ConnectionManifest> {
  return new Map(
    Object.entries(connections).map(([name, values]) => [
      name,
      connectionManifest.parse({
        kind: 'connection',
        version: 1,
        name,
        connector: 'salesforce',
        config: values,
      }),
    ]),
  )
}

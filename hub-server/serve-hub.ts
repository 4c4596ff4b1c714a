import type { Clock } from '../core/port/clock.ts'
import type { Logger } from '../core/port/logger.ts'
import { createApp } from './http/create-app.ts'
import { startServer, type StartedServer } from './http/start-server.ts'
import type { WebhookPorts } from './http/webhook-routes.ts'
import type { Hub, OpenWorkspace } from './hub.ts'
import { createWebhookReceiver } from './inbox/receive-webhook.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly apiToken: string | undefined
  /** Where platforms reach the hub; undefined: they do not. */
  readonly publicUrl: string | undefined
  /** Told when signals of a platform wait to be followed. */
  readonly onSignals: () => void
  readonly clock: Clock
  readonly logger: Logger
}

/** Puts a hub on the network: health checks, the API, and what platforms push. Tells the lock where it can be reached, for whoever comes second. */
export async function serveHub(hub: Hub, open: OpenWorkspace, options: ServeOptions): Promise<StartedServer> {
  const app = createApp({
    ports: {
      control: hub.control,
      reasons: (runId) => open.deliveries.reasons(runId),
      segmentSizes: () => open.segments.sizes(),
      readiness: [
        { name: 'control', check: () => hub.control.writeSetting('ready_at', String(options.clock.now())) },
        {
          name: 'warehouse',
          check: async () => void (await hub.duckdb.read('SELECT count(*) FROM profile')),
        },
      ],
    },
    host: options.host,
    apiToken: options.apiToken,
    webhooks: toWebhookPorts(hub, open, options),
    logger: options.logger,
  })
  const server = await startServer({ app, port: options.port, clock: options.clock })
  hub.lock.announce(server.url)
  return server
}

function toWebhookPorts(
  { control }: Hub,
  open: OpenWorkspace,
  { publicUrl, onSignals, clock, logger }: ServeOptions,
): WebhookPorts | undefined {
  if (publicUrl === undefined) return undefined
  return {
    publicUrl,
    receive: createWebhookReceiver({
      manifests: open.workspace.connections,
      connect: open.connect,
      inbox: control,
      publicUrl,
      onKept: onSignals,
      clock,
      logger,
    }),
    signalState: (code) => control.signalState(code),
  }
}

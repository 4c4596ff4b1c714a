import type { Clock } from '../core/port/clock.ts'
import type { Logger } from '../core/port/logger.ts'
import { createApp } from './http/create-app.ts'
import { startServer, type StartedServer } from './http/start-server.ts'
import type { WebhookPorts } from './http/webhook-routes.ts'
import type { Hub, OpenWorkspace } from './hub.ts'
import { createWebhookReceiver } from './inbox/receive-webhook.ts'
import { startDrainLoop, type DrainLoop, type OnDrained } from './intake/drain-events.ts'
import { createKeyRing } from './intake/key-ring.ts'
import { createEventReceiver } from './intake/receive-events.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly apiToken: string | undefined
  /** Where platforms reach the hub; undefined: they do not. */
  readonly publicUrl: string | undefined
  /** Told when signals of a platform wait to be followed. */
  readonly onSignals: () => void
  /** Told when events of clients became records of the warehouse. */
  readonly onEvents: OnDrained
  /**
   * Told when events of clients are kept, by whoever drains them at once. The loop here then only sees to what that one has no time for.
   * Absent: nobody does.
   */
  readonly onKept?: () => void
  readonly clock: Clock
  readonly logger: Logger
}

/** How long events wait for whoever drains them at once, in milliseconds. */
const patienceMs = 1000

/** Puts a hub on the network: health checks, the API, what platforms push, and events of clients. Tells the lock where it can be reached, for whoever comes second. */
export async function serveHub(hub: Hub, open: OpenWorkspace, options: ServeOptions): Promise<StartedServer> {
  const { clock, logger } = options
  const loop = startDraining(open, options)
  // What an earlier process left.
  loop.wake()
  const findSource = createKeyRing(hub.control, clock)
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
    events: {
      receive: createEventReceiver({
        findSource,
        spool: hub.events,
        onKept() {
          loop.wake()
          options.onKept?.()
        },
        clock,
        logger,
      }),
      knows: async (key) => (await findSource(key)) !== undefined,
    },
    logger: options.logger,
  })
  const server = await startServer({ app, port: options.port, clock }).catch(async (error: unknown) => {
    await loop.stop()
    throw error
  })
  hub.lock.announce(server.url)
  return {
    url: server.url,
    async close() {
      await server.close()
      await loop.stop()
    },
  }
}

function startDraining(
  open: OpenWorkspace,
  { onEvents: onDrained, onKept, clock, logger }: ServeOptions,
): DrainLoop {
  const gather = onKept && { gatherMs: patienceMs }
  return startDrainLoop(open.eventDrain, { clock, logger, onDrained, ...gather })
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

import type { Clock } from '../core/port/clock.ts'
import type { Logger } from '../core/port/logger.ts'
import { createApp } from './http/create-app.ts'
import { startServer, type StartedServer } from './http/start-server.ts'
import type { Hub, OpenWorkspace } from './hub.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly apiToken: string | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** Puts a hub on the network: health checks and the API. Tells the lock where it can be reached, for whoever comes second. */
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
    logger: options.logger,
  })
  const server = await startServer({ app, port: options.port, clock: options.clock })
  hub.lock.announce(server.url)
  return server
}

import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Logger } from '../../../core/port/logger.ts'
import type { ApiPorts } from '../../../hub-server/api/api-ports.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer, type ServerLimits, type StartedServer } from '../../../hub-server/http/start-server.ts'
import type { WebhookPorts } from '../../../hub-server/http/webhook-routes.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from '../../support/http-request.ts'

export interface ApiUnderTest {
  readonly store: ControlStore
  readonly server: StartedServer
  /** Lines of the log. */
  readonly lines: readonly string[]
  get(path: string, call?: HttpCall): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface ApiSettings {
  readonly ports?: Partial<ApiPorts>
  readonly apiToken?: string
  readonly host?: string
  /** Default: any free one. */
  readonly port?: number
  readonly limits?: Partial<ServerLimits>
  readonly webhooks?: WebhookPorts
}

/** A real server on a free port over a real control store in memory. */
export async function anApi(settings: ApiSettings = {}): Promise<ApiUnderTest> {
  const store = await openControlStore(':memory:', systemClock)
  const lines: string[] = []
  const logger: Logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const app = createApp({
    ports: {
      control: store,
      reasons: () => Promise.resolve([]),
      segmentSizes: () => Promise.resolve(new Map()),
      readiness: [],
      ...settings.ports,
    },
    host: settings.host ?? '127.0.0.1',
    apiToken: settings.apiToken,
    webhooks: settings.webhooks,
    logger,
  })
  const server = await startServer({
    app,
    port: settings.port ?? 0,
    clock: systemClock,
    ...(settings.limits && { limits: settings.limits }),
  })
  return {
    store,
    server,
    lines,
    get: (path, call) => httpRequest(`${server.url}${path}`, call),
    async close() {
      await server.close()
      await store.close()
    },
  }
}

import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Logger } from '../../../core/port/logger.ts'
import type { Telemetry } from '../../../core/port/telemetry.ts'
import type { Route } from '../../../hub-server/api/define-route.ts'
import type { ReadinessCheck } from '../../../hub-server/api/health.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer, type ServerLimits, type StartedServer } from '../../../hub-server/http/start-server.ts'
import type { WebhookPorts } from '../../../hub-server/http/webhook-routes.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createCursors } from '../../../hub-server/routes/cursors.ts'
import { createOperationRoutes } from '../../../hub-server/routes/operation-routes.ts'
import { createRunRoutes, type RunPorts } from '../../../hub-server/routes/run-routes.ts'
import { createSegmentListRoutes, type SegmentListPorts } from '../../../hub-server/routes/segment-routes.ts'
import { createSyncRoutes } from '../../../hub-server/routes/sync-routes.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { aGate, localToken } from '../../support/a-gate.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from '../../support/http-request.ts'

export interface ApiUnderTest {
  readonly store: ControlStore
  readonly server: StartedServer
  /** Lines of the log. */
  readonly lines: readonly string[]
  /** As the person at this machine, unless the call says who. */
  get(path: string, call?: HttpCall): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface ApiSettings {
  readonly ports?: Partial<RunPorts & SegmentListPorts>
  readonly readiness?: readonly ReadinessCheck[]
  /** Beside those of runs, syncs, segments and operations. */
  readonly routes?: (store: ControlStore) => readonly Route[]
  readonly host?: string
  readonly publicUrl?: string
  /** Default: any free one. */
  readonly port?: number
  readonly limits?: Partial<ServerLimits>
  readonly webhooks?: WebhookPorts
  readonly telemetry?: Telemetry
}

/** A real server on a free port over a real control store in memory. */
export async function anApi(settings: ApiSettings = {}): Promise<ApiUnderTest> {
  const store = await openControlStore(':memory:', systemClock)
  const lines: string[] = []
  const logger: Logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const gate = aGate(store)
  const cursors = createCursors(Buffer.alloc(32, 7))
  const ports = {
    control: store,
    cursors,
    reasons: () => Promise.resolve([]),
    segmentSizes: () => Promise.resolve(new Map()),
    ...settings.ports,
  }
  const app = createApp({
    routes: [
      ...createRunRoutes(ports),
      ...createSyncRoutes(ports),
      ...createSegmentListRoutes(ports),
      ...createOperationRoutes({
        operations: gate.operations,
        cursors,
        control: store,
        clock: systemClock,
        permissionOf: () => 'runs:read',
      }),
      ...(settings.routes?.(store) ?? []),
    ],
    gate,
    readiness: settings.readiness ?? [],
    host: settings.host ?? '127.0.0.1',
    publicUrl: settings.publicUrl,
    webhooks: settings.webhooks,
    ...(settings.telemetry && { telemetry: settings.telemetry }),
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
    get: (path, call) =>
      httpRequest(`${server.url}${path}`, {
        ...call,
        headers: { authorization: `Bearer ${localToken}`, ...call?.headers },
      }),
    async close() {
      await server.close()
      await store.close()
    },
  }
}

import type { Express, Request, Response } from 'express'
import { requirePermission } from '../access/require-permission.ts'
import type { BesideMount } from '../http/create-app.ts'
import type { RouteGate } from '../http/mount-routes.ts'
import type { HubTelemetry } from '../telemetry/create-telemetry.ts'
import type { GaugeReading } from '../telemetry/metric-definitions.ts'

/** GET /metrics for Prometheus, which shows an API key with operation:read. Its answer is no JSON, so it stands beside the API. */
export function createMetricsMount(
  gate: Pick<RouteGate, 'authenticate'>,
  metrics: HubTelemetry['metrics'],
  readGauges: () => Promise<readonly GaugeReading[]>,
): BesideMount {
  async function answer(request: Request, response: Response): Promise<void> {
    requirePermission(await gate.authenticate(request), 'operation:read')
    const text = await metrics.text(readGauges)
    response.type(metrics.contentType).send(text)
  }
  return {
    name: 'own',
    routes: [
      {
        method: 'GET',
        path: '/metrics',
        proof: 'permission',
        summary: 'Metrics of the hub, for Prometheus; needs operation:read.',
      },
    ],
    // Express hands the rejection of a returned promise to the error handler.
    mount: (app: Express) => void app.get('/metrics', (request, response) => answer(request, response)),
  }
}

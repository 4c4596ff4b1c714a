import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { ApiPorts } from './api-ports.ts'
import type { ApiRoute } from './api-route.ts'
import type { ReadinessDocument } from './contract/health.ts'

/** GET /livez and /readyz. A load balancer or supervisor asks them, so they need no token and tell nothing but counts. */
export function createHealthRoutes({ readiness }: ApiPorts, logger: Logger): readonly ApiRoute[] {
  async function isPassed({ name, check }: ApiPorts['readiness'][number]): Promise<boolean> {
    try {
      await check()
      return true
    } catch (error) {
      logger.warn('readiness_failed', { kind: name, code: toAffluentError(error, 'checking readiness').code })
      return false
    }
  }
  return [
    {
      method: 'GET',
      path: '/livez',
      permission: 'public',
      answer: () => Promise.resolve({ body: { status: 'live' } }),
    },
    {
      method: 'GET',
      path: '/readyz',
      permission: 'public',
      async answer() {
        const results = await Promise.all(readiness.map(isPassed))
        const failed = results.filter((passed) => !passed).length
        const body: ReadinessDocument = {
          status: failed === 0 ? 'ready' : 'not_ready',
          passed: results.length - failed,
          failed,
        }
        return { status: failed === 0 ? 200 : 503, body }
      },
    },
  ]
}

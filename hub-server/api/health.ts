import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { ReadinessDocument } from './contract/health.ts'
import type { OpenRoute } from './open-route.ts'

/** One thing the hub needs to be of use. `check` rejects when it does not work. */
export interface ReadinessCheck {
  readonly name: string
  readonly check: () => Promise<void>
}

/** GET /livez and /readyz. A load balancer or supervisor asks them, so they need no token and tell nothing but counts. */
export function createHealthRoutes(
  readiness: readonly ReadinessCheck[],
  logger: Logger,
): readonly OpenRoute[] {
  async function isPassed({ name, check }: ReadinessCheck): Promise<boolean> {
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
      path: '/livez',
      answer: () => Promise.resolve({ body: { status: 'live' } }),
    },
    {
      path: '/readyz',
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

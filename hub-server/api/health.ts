import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { ReadinessDocument } from './contract/health.ts'
import type { OpenRoute } from './open-route.ts'

/** What the hub does for others; each can be refused while the other goes on. */
const hubParts = ['ingest', 'sync'] as const
type HubPart = (typeof hubParts)[number]

/** One thing that a part of the hub needs. `check` rejects when it is not there. */
export interface ReadinessCheck {
  readonly name: string
  /** The parts that cannot work without it. Default: all. */
  readonly serves?: readonly HubPart[]
  readonly check: () => Promise<void>
}

/** What a check found. */
interface CheckResult {
  readonly name: string
  readonly serves: readonly HubPart[]
  readonly code: ErrorCode | null
}

export interface Health {
  readonly ready: Readonly<Record<HubPart, boolean>>
  readonly checks: readonly CheckResult[]
}

/** Asks all checks beside each other. Answers, whatever they throw. */
export async function readHealth(checks: readonly ReadinessCheck[]): Promise<Health> {
  const results = await Promise.all(
    checks.map(async ({ name, serves = hubParts, check }): Promise<CheckResult> => {
      try {
        await check()
        return { name, serves, code: null }
      } catch (thrown) {
        return { name, serves, code: toAffluentError(thrown, 'checking readiness').code }
      }
    }),
  )
  const works = (part: HubPart): boolean =>
    results.every(({ serves, code }) => code === null || !serves.includes(part))
  return { ready: { ingest: works('ingest'), sync: works('sync') }, checks: results }
}

/**
 * GET /livez, /startupz, /readyz, /readyz/ingest and /readyz/sync. Load balancers and supervisors ask them, so they need no proof of who asks; what each
 * check found is told to those who show one. /livez answers as long as the event loop turns: only a restart would help where it does not.
 */
export function createHealthRoutes(
  readiness: readonly ReadinessCheck[],
  logger: Logger,
): readonly OpenRoute[] {
  const readyRoute = (path: string, parts: readonly HubPart[]): OpenRoute => ({
    path,
    async answer({ isKnown }) {
      const { ready, checks } = await readHealth(readiness)
      const own = checks.filter(({ serves }) => serves.some((part) => parts.includes(part)))
      const failed = own.filter(({ code }) => code !== null)
      for (const { name, code } of failed)
        logger.warn('readiness_failed', { kind: name, code: code ?? undefined })
      const isReady = parts.every((part) => ready[part])
      const toState = (part: HubPart): 'ready' | 'not_ready' => (ready[part] ? 'ready' : 'not_ready')
      const body: ReadinessDocument = {
        status: isReady ? 'ready' : 'not_ready',
        ingest: toState('ingest'),
        sync: toState('sync'),
        passed: own.length - failed.length,
        failed: failed.length,
        ...(isKnown && { checks: own.map(({ name, code }) => ({ name, code })) }),
      }
      return { status: isReady ? 200 : 503, body }
    },
  })
  return [
    { path: '/livez', answer: () => Promise.resolve({ body: { status: 'live' } }) },
    // The server listens once the stores are open and migrated: whoever gets an answer at all, finds it started.
    { path: '/startupz', answer: () => Promise.resolve({ body: { status: 'started' } }) },
    readyRoute('/readyz', hubParts),
    readyRoute('/readyz/ingest', ['ingest']),
    readyRoute('/readyz/sync', ['sync']),
  ]
}

import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import { readHealth, type ReadinessCheck } from '../api/health.ts'
import type { CurrentWorkspace } from '../current-workspace.ts'
import { dataPaths } from '../data-paths.ts'
import type { Hub } from '../hub.ts'
import type { Translator } from '../locales/translate.ts'
import type { GaugeReading } from '../telemetry/metric-definitions.ts'
import type { AlertSettings } from './alert-settings.ts'
import { createAlertPlaces } from './alerts/alert-places.ts'
import { keepAlerts } from './alerts/keep-alerts.ts'
import { createHealthChecks } from './health-checks.ts'
import { createProbeChecks } from './probe-checks.ts'
import { readGauges } from './read-gauges.ts'
import { readProblems, type ProblemDesk } from './read-problems.ts'
import type { SpaceGuard } from './space-guard.ts'

/** How often somebody looks whether something needs a person, in milliseconds. */
const lookEveryMs = 60_000

export interface OperationOptions {
  readonly space: SpaceGuard
  readonly alerts: AlertSettings
  /** Speaks the language of who runs the hub. */
  readonly translator: Translator
  /** Time between cycles; undefined: none are promised. */
  readonly everyMs: number | undefined
  /** Where people look at the hub. */
  readonly hubUrl: string | undefined
  /** Aborts when the hub is asked to stop: it is not ready from then on. Default: never. */
  readonly stopping?: AbortSignal | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** What keeps an eye on a hub that serves. */
export interface HubOperation {
  readonly readiness: readonly ReadinessCheck[]
  readonly readGauges: () => Promise<readonly GaugeReading[]>
  /** Looks once, and tells what changed. */
  readonly look: () => Promise<void>
  /** Looks again and again until it is stopped. */
  readonly start: () => void
  readonly stop: () => Promise<void>
}

export function openOperation(
  hub: Hub,
  current: Pick<CurrentWorkspace, 'open'>,
  options: OperationOptions,
): HubOperation {
  const { space, clock, logger } = options
  const servingSince = clock.now()
  const readiness = createHealthChecks({ ...hub, space, clock })
  const toWatch = (): ProblemDesk => ({
    workspace: current.open().workspace,
    control: hub.control,
    health: () => readHealth(readiness),
    everyMs: options.everyMs,
    servingSince,
    clock,
  })
  const places = createAlertPlaces({ ...options, settings: options.alerts })
  const look = (): Promise<void> =>
    keepAlerts({ book: hub.control, places, readProblems: () => readProblems(toWatch()), clock, logger })
  const stopping = new AbortController()
  let ended: Promise<void> = Promise.resolve()
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // What cannot be looked at now is looked at in a minute; a store that is full is among the things that are told then.
      await look().catch((thrown: unknown) =>
        logger.error('alerts_unkept', { code: toAffluentError(thrown, 'telling an alert').code }),
      )
      await clock.sleep(lookEveryMs, stopping.signal).catch(() => undefined)
    }
  }
  return {
    readiness: createProbeChecks(readiness, options),
    readGauges: () => readGauges({ ...toWatch(), hub, paths: dataPaths(hub.folder), space }),
    look,
    start: () => void (ended = loop()),
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

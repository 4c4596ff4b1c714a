import type { LogFields, Logger } from '../../core/port/logger.ts'
import { inheritLogControl } from '../telemetry/logger.ts'

/** A warning of a connector that a person reads as a line of its stage. */
interface Notice {
  readonly event: 'file_ids_repeated'
  readonly count: number
}

/** The notices since they were last taken. */
export interface Notices {
  take(): readonly Notice[]
}

/** A logger that hands everything on and keeps the warnings that belong on the screen. */
export function collectNotices(logger: Logger): { readonly logger: Logger; readonly notices: Notices } {
  const kept: Notice[] = []
  const warn = (event: string, fields: LogFields = {}): void => {
    if (event === 'file_ids_repeated') kept.push({ event, count: Number(fields['count'] ?? 0) })
    logger.warn(event, fields)
  }
  const keeping: Logger = {
    debug: (event, fields) => logger.debug(event, fields),
    info: (event, fields) => logger.info(event, fields),
    warn,
    error: (event, fields) => logger.error(event, fields),
  }
  inheritLogControl(keeping, logger)
  return {
    logger: keeping,
    notices: { take: () => kept.splice(0) },
  }
}

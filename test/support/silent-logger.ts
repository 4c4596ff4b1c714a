import type { Logger } from '../../core/port/logger.ts'

const nothing = (): void => undefined

/** A logger for tests that do not look at logs. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

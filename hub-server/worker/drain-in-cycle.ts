import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Cycle } from './cycle-ports.ts'

/** Brings what clients sent into the warehouse, so that the cycle sees it. What cannot be drained waits: no run fails for it. */
export async function drainInCycle(cycle: Cycle): Promise<void> {
  try {
    await cycle.drainEvents?.(cycle.signal)
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    cycle.logger.warn('events_undrained', { code: toAffluentError(thrown, 'draining events').code })
  }
}

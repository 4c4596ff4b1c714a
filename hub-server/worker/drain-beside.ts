import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { CyclePorts } from './cycle-ports.ts'

/** Time between two drains, in milliseconds. */
const everyMs = 1_000

/** Runs `work`, which may last for hours, and brings events of clients into the warehouse beside it: what waits in the spool has a limit. */
export async function drainBeside<T>(
  ports: Pick<CyclePorts, 'drainEvents' | 'clock' | 'logger'>,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const draining = drainUntil(ports, over.signal)
  try {
    return await work()
  } finally {
    over.abort()
    await draining
  }
}

async function drainUntil(
  { drainEvents, clock, logger }: Pick<CyclePorts, 'drainEvents' | 'clock' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  if (!drainEvents) return
  while (!signal.aborted) {
    try {
      await clock.sleep(everyMs, signal)
      await drainEvents(signal)
    } catch (thrown) {
      if (signal.aborted) return
      logger.error('events_undrained', { code: toAffluentError(thrown, 'draining events').code })
    }
  }
}

import type { Connection } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Cycle } from './cycle-ports.ts'

/** A connection that cannot be opened is told by its own syncs. */
export async function connectQuietly(cycle: Cycle, name: string): Promise<Connection | undefined> {
  try {
    return await cycle.connect(name)
  } catch (thrown) {
    cycle.logger.warn('connection_unopened', {
      connection: name,
      code: toAffluentError(thrown, 'connecting').code,
    })
    return undefined
  }
}

import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { CyclePorts } from './cycle-ports.ts'
import { followPicks } from './follow-picks.ts'

/** Signals looked through at once: what a platform may push within the minutes of a cycle. */
const signalsHeeded = 10_000

/**
 * Notes at once what workflows of platforms picked. The signals stay in the inbox and are followed again by the next cycle, which changes
 * nothing. Returns how many picks count with the next refresh; what fails is left to the cycle.
 */
export async function heedPicks(
  ports: Pick<CyclePorts, 'control' | 'picks' | 'logger'>,
  workspace: Workspace,
): Promise<number> {
  try {
    const waiting = await ports.control.waitingSignals(signalsHeeded)
    return await followPicks({ ...ports, workspace }, waiting)
  } catch (thrown) {
    const { code } = toAffluentError(thrown, 'picking people')
    ports.logger.warn('inbox_unread', { code })
    return 0
  }
}

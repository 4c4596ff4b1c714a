import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { CyclePorts } from './cycle-ports.ts'
import { followPicks } from './follow-picks.ts'

/** Signals looked through at once: what a platform may push within the minutes of a cycle. */
const signalsHeeded = 10_000

type HeedPorts = Pick<CyclePorts, 'control' | 'picks' | 'logger'>

interface Look {
  readonly current: Promise<number>
  /** For all who ask while it is under way. */
  next?: Promise<number>
}

/** The look under way, by the store that it notes into. */
const looks = new WeakMap<HeedPorts['picks'], Look>()

/**
 * Notes at once what workflows of platforms picked. The signals stay in the inbox and are followed again by the next cycle, which changes
 * nothing. One look at a time, and one more for all that came meanwhile, so that a burst costs a few. Returns how many picks count with
 * the next refresh; what fails is left to the cycle.
 */
export function heedPicks(ports: HeedPorts, workspace: Workspace): Promise<number> {
  const busy = looks.get(ports.picks)
  if (!busy) return begin(ports, workspace)
  busy.next ??= busy.current.then(() => begin(ports, workspace))
  return busy.next
}

function begin(ports: HeedPorts, workspace: Workspace): Promise<number> {
  const current = look(ports, workspace).finally(() => looks.delete(ports.picks))
  looks.set(ports.picks, { current })
  return current
}

async function look(ports: HeedPorts, workspace: Workspace): Promise<number> {
  try {
    const waiting = await ports.control.waitingSignals(signalsHeeded)
    return await followPicks({ ...ports, workspace }, waiting)
  } catch (thrown) {
    const { code } = toAffluentError(thrown, 'picking people')
    ports.logger.warn('inbox_unread', { code })
    return 0
  }
}

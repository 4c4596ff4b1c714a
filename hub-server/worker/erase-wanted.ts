import type { WaitingSignal } from '../../core/port/inbox.ts'
import type { Cycle } from './cycle-ports.ts'
import { carryOnErasures } from './erase-at-platforms.ts'
import { openErasure, previewErasure, type ErasureDesk } from './erase-person.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Erasures of a cycle: takes up those that platforms told, when the retention manifest lets it, and carries open ones on. Nothing of it
 * stops the cycle: what fails is tried in a later one.
 */
export async function eraseInCycle(cycle: Cycle): Promise<void> {
  const wanted = await takeable(cycle)
  const open = await cycle.control.erasures({ open: true, limit: 1 })
  if (wanted.length === 0 && open.length === 0) return
  await runSharedStage(cycle, 'erase', async () => {
    // Whoever began the cycle asked for no erasure: the retention manifest did.
    for (const signal of wanted) await takeUp({ ...cycle, actor: 'hub' }, signal)
    const requests = await carryOnErasures(cycle)
    return {
      erasuresDone: requests.filter(({ state }) => state === 'done').length,
      erasuresOpen: requests.filter(({ state }) => state !== 'done').length,
    }
  })
}

/** Signals that the cycle may follow without asking. */
async function takeable({ workspace, control, logger }: Cycle): Promise<WaitingSignal[]> {
  const { platform_erasures: policy, most_erasures_a_cycle: most } = workspace.retention ?? {
    platform_erasures: 'ask',
    most_erasures_a_cycle: 0,
  }
  const wanted = await control.wantedErasures(most + 1)
  if (wanted.length === 0) return []
  if (policy === 'carry_out' && wanted.length <= most) return wanted
  logger.warn('erasures_wait_for_a_person', { count: wanted.length })
  return []
}

/** Opens the request of one signal, in the name of the desk's actor: whoever the object stands for is erased, and somebody unknown is noted as such. */
export async function takeUp(
  desk: ErasureDesk,
  { number, connection, signal }: WaitingSignal,
): Promise<void> {
  const profileId =
    signal.externalId === undefined
      ? undefined
      : await desk.rights.profileOfObject({
          connection,
          externalId: signal.externalId,
          ...(signal.stream !== undefined && { stream: signal.stream }),
        })
  const scope = profileId === undefined ? undefined : await previewErasure(desk, profileId)
  await openErasure(desk, scope, number)
}

import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { PersonRights } from '../../core/port/person-rights.ts'
import type { Cycle } from './cycle-ports.ts'
import { runSharedStage } from './run-stage.ts'

/** Name of the setting that says whether old bytes of somebody may be in the files. */
const wanted = 'compaction_wanted'

/** Notes, durably, that the files must be rewritten. */
export function wantCompaction(control: ControlStore): Promise<void> {
  return control.writeSetting(wanted, 'yes')
}

/** True when the files may hold bytes of somebody who was erased. */
export async function isCompactionWanted(control: ControlStore): Promise<boolean> {
  return (await control.setting(wanted)) === 'yes'
}

/**
 * Rewrites the files of all stores when somebody was erased since the last time, so that no byte of them is left. Cut off, it is done again next
 * time. Returns true when it was done.
 */
export async function compactStores(stores: CompactedStores): Promise<boolean> {
  if (!(await mayHoldErased(stores))) return false
  await rewriteStores(stores)
  return true
}

interface CompactedStores {
  readonly control: ControlStore
  readonly rights: PersonRights
  readonly compactEvents?: () => void
}

const mayHoldErased = async ({ control, rights }: CompactedStores): Promise<boolean> =>
  rights.needsCompaction() || (await isCompactionWanted(control))

async function rewriteStores({ control, rights, compactEvents }: CompactedStores): Promise<void> {
  await rights.compact()
  compactEvents?.()
  await control.writeSetting(wanted, 'no')
  await control.compact()
}

/**
 * The same at the end of a cycle, and where so many events came live that a person's lie all over the file. A disk without room for the copy
 * fails no run: the next cycle tries again.
 */
export async function compactInCycle(cycle: Cycle): Promise<void> {
  if (!(await mayHoldErased(cycle)) && !(await cycle.profiles.eventsLieApart())) return
  try {
    await runSharedStage(cycle, 'compact', async () => {
      await rewriteStores(cycle)
      return { compacted: 1 }
    })
  } catch (thrown) {
    const { code } = toAffluentError(thrown, 'rewriting the data files')
    cycle.logger.warn('files_not_rewritten', { code })
  }
}

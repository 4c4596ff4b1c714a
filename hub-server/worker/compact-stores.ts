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
export async function compactStores({
  control,
  rights,
  compactEvents,
}: {
  readonly control: ControlStore
  readonly rights: PersonRights
  readonly compactEvents?: () => void
}): Promise<boolean> {
  if (!rights.needsCompaction() && !(await isCompactionWanted(control))) return false
  await rights.compact()
  compactEvents?.()
  await control.writeSetting(wanted, 'no')
  await control.compact()
  return true
}

/** The same at the end of a cycle. A disk without room for the copy fails no run: the next cycle tries again. */
export async function compactInCycle(cycle: Cycle): Promise<void> {
  if (!cycle.rights.needsCompaction() && !(await isCompactionWanted(cycle.control))) return
  try {
    await runSharedStage(cycle, 'compact', async () => ({ compacted: (await compactStores(cycle)) ? 1 : 0 }))
  } catch (thrown) {
    const { code } = toAffluentError(thrown, 'rewriting the data files')
    cycle.logger.warn('files_not_rewritten', { code })
  }
}

import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { suggestName } from '../manifest/suggest-name.ts'

/** Throws `run.sync_unknown`, with the name that was probably meant, for the first name that no sync of the workspace has. */
export function checkSyncNames(workspace: Workspace, names: readonly string[], act: string): void {
  const sync = names.find((name) => !workspace.syncs.has(name))
  if (sync === undefined) return
  const suggestion = suggestName(sync, workspace.syncs.keys())
  const known = [...workspace.syncs.keys()].join(', ')
  throw new AffluentError('run.sync_unknown', { act, sync: sync.slice(0, 64), suggestion, known })
}

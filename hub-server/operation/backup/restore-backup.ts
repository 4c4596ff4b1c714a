import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { dataPaths } from '../../data-paths.ts'
import { openDataKeys } from '../../secrets/data-keys.ts'
import { isOwnKey, readWrappingKeys, type SecretSettings } from '../../secrets/wrapping-keys.ts'
import { openControlStore } from '../../store/open-control-store.ts'
import { noteRestored } from '../../worker/after-restore.ts'
import { verifyBackup, type BackupList } from './backup-list.ts'

const act = 'restoring a backup'

export interface RestoreRequest {
  /** The backup. */
  readonly from: string
  /** The workspace that gets it. */
  readonly folder: string
  readonly secrets: SecretSettings
  readonly actor: string
  readonly clock: Clock
}

/**
 * Puts a backup into a workspace without data. All of it is checked and made ready beside the data folder, which then appears by one rename: a
 * restore that is cut off leaves no half of one. Runs that were under way are ended, and nothing is sent to an audience before a cycle compared it
 * with its platform and a person approved the difference. Throws `backup.*`, `usage.folder_not_empty`, `secrets.*` and `store.*`.
 */
export async function restoreBackup(request: RestoreRequest): Promise<BackupList> {
  const { from, folder, secrets } = request
  const { data } = dataPaths(folder)
  if (existsSync(data) && (await readdir(data)).length > 0)
    throw new AffluentError('usage.folder_not_empty', { act, folder: data })
  const list = await verifyBackup(from)
  const hasKey = list.files.some(({ name }) => name === 'secret.key')
  if (!hasKey && isOwnKey(secrets)) throw new AffluentError('backup.key_needed', { act })
  const draft = `${data}.restoring`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o700 })
  for (const { name } of list.files) {
    await copyFile(join(from, name), join(draft, name))
    await chmod(join(draft, name), 0o600)
  }
  await prepare(request, list, draft)
  await rm(data, { recursive: true, force: true })
  await rename(draft, data)
  return list
}

async function prepare(
  { secrets, clock, actor }: RestoreRequest,
  list: BackupList,
  draft: string,
): Promise<void> {
  const control = await openControlStore(join(draft, 'control.sqlite'), clock)
  try {
    // A key that opens nothing is told now, while the backup is at hand.
    await openDataKeys(control, readWrappingKeys(secrets, join(draft, 'secret.key')), clock)
    await noteRestored(control, Date.parse(list.made_at))
    await appendFact(control, { at: clock.now(), actor, list })
  } finally {
    await control.close()
  }
}

function appendFact(
  control: ControlStore,
  { at, actor, list }: { readonly at: number; readonly actor: string; readonly list: BackupList },
): Promise<unknown> {
  const details = { madeAt: list.made_at, version: list.version }
  return control.appendAudit({ at, actor, action: 'backup_restored', object: 'workspace', details })
}

import { constants, existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backup as copySqlite, DatabaseSync } from 'node:sqlite'
import { AffluentError, toAffluentError } from '../../../core/errors/affluent-error.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { dataPaths } from '../../data-paths.ts'
import { schemaVersion } from '../../store/migrate.ts'
import { writeDurably } from '../../store/write-durably.ts'
import type { DuckDb } from '../../warehouse/duckdb.ts'
import { backupFiles, describeFile, listName, type BackupFile, type BackupList } from './backup-list.ts'

const act = 'backing up the workspace'

export interface BackupPorts {
  /** The workspace. */
  readonly folder: string
  readonly control: Pick<ControlStore, 'appliedManifests' | 'appendAudit'>
  readonly duckdb: Pick<DuckDb, 'copyTo'>
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface BackupRequest {
  /** A folder that is empty or not there yet. */
  readonly target: string
  /** Whether the key of the secrets goes with it: whoever has the backup then has the access to all platforms. */
  readonly withKey: boolean
  readonly actor: string
}

/**
 * Copies the stores while the hub goes on. The warehouse comes last: what the control store and the spool point at is written there before they say
 * so, so a copy that is a moment younger has all of it. Pages, events and outcomes that are found twice change nothing. The list with the digests is
 * written at the end, so a backup that was cut off is none. What a failed one wrote is taken away again. Throws `usage.folder_not_empty` and `store.*`.
 */
export async function createBackup(ports: BackupPorts, request: BackupRequest): Promise<BackupList> {
  const { target, actor, withKey } = request
  await claimFolder(target)
  try {
    const files: BackupList['files'] = []
    for (const name of await copyStores(ports, request)) {
      // The folder may have been there before, open to others.
      await chmod(join(target, name), 0o600)
      files.push(await describeFile(target, name))
    }
    const list: BackupList = {
      format: 1,
      made_at: new Date(ports.clock.now()).toISOString(),
      version: packageJson.version,
      schema: schemaVersion,
      manifests: (await ports.control.appliedManifests()).length,
      files,
    }
    writeDurably(join(target, listName), `${JSON.stringify(list, null, 2)}\n`)
    const details = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), withKey }
    const at = ports.clock.now()
    await ports.control.appendAudit({ at, actor, action: 'backup_made', object: 'workspace', details })
    return list
  } catch (thrown) {
    for (const name of [...backupFiles, listName]) await rm(join(target, name), { force: true })
    throw toAffluentError(thrown, act)
  }
}

async function claimFolder(folder: string): Promise<void> {
  let found: readonly string[]
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    found = await readdir(folder)
  } catch (error) {
    throw new AffluentError('store.unwritable', { act, file: folder }, { cause: error })
  }
  if (found.length > 0) throw new AffluentError('usage.folder_not_empty', { act, folder })
}

async function copyStores(
  { folder, duckdb, signal }: BackupPorts,
  { target, withKey }: BackupRequest,
): Promise<BackupFile[]> {
  const paths = dataPaths(folder)
  const names: BackupFile[] = []
  const copyPlain = async (name: BackupFile): Promise<void> => {
    const from = join(dirname(paths.control), name)
    if (!existsSync(from)) return
    await copyFile(from, join(target, name), constants.COPYFILE_EXCL)
    names.push(name)
  }
  // Before the store that it watches over: a head that is behind is brought up to date, one that is ahead is taken for a loss.
  await copyPlain('audit-head.json')
  await copyDatabase(paths.control, join(target, 'control.sqlite'))
  await copyDatabase(paths.events, join(target, 'events.sqlite'))
  signal.throwIfAborted()
  await duckdb.copyTo({ path: join(target, 'warehouse.duckdb'), signal })
  if (withKey) await copyPlain('secret.key')
  return ['control.sqlite', 'events.sqlite', 'warehouse.duckdb', ...names]
}

/** SQLite's own online copy: pages that change meanwhile are copied again. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
  try {
    await copySqlite(database, to)
  } finally {
    database.close()
  }
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AffluentError } from '../../../core/errors/affluent-error.ts'

/** Name of the list of a backup, in its folder. */
export const listName = 'backup.json'

/** The files that a backup may hold, by the name they have in a data folder. */
export const backupFiles = [
  'control.sqlite',
  'audit-head.json',
  'events.sqlite',
  'warehouse.duckdb',
  'secret.key',
] as const
export type BackupFile = (typeof backupFiles)[number]

const listSchema = z.strictObject({
  format: z.literal(1),
  /** Instant, ISO 8601. */
  made_at: z.iso.datetime(),
  /** Version of the program that made it. */
  version: z.string(),
  /** Version of the control store's schema. */
  schema: z.int(),
  /** Manifests in force. */
  manifests: z.int(),
  files: z.array(
    z.strictObject({
      name: z.enum(backupFiles),
      bytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})

/** What a backup holds, with a digest of each file: nothing is restored that is not as it was written. */
export type BackupList = z.output<typeof listSchema>

/** Size and digest of a file. */
export async function describeFile(folder: string, name: BackupFile): Promise<BackupList['files'][number]> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk)
  const { size } = await stat(join(folder, name))
  return { name, bytes: size, sha256: hash.digest('hex') }
}

/** Reads the list of a backup and holds each file to it. Throws `backup.no_backup` and `backup.damaged`. */
export async function verifyBackup(folder: string): Promise<BackupList> {
  const list = await readList(folder)
  for (const expected of list.files) {
    const found = await describeFile(folder, expected.name).catch(() => undefined)
    if (found?.bytes !== expected.bytes || found.sha256 !== expected.sha256)
      throw new AffluentError('backup.damaged', { act: 'restoring a backup', file: expected.name })
  }
  return list
}

async function readList(folder: string): Promise<BackupList> {
  const act = 'restoring a backup'
  try {
    return listSchema.parse(JSON.parse(await readFile(join(folder, listName), 'utf8')))
  } catch (error) {
    throw new AffluentError('backup.no_backup', { act, folder }, { cause: error })
  }
}

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { DuckDb } from '../duckdb.ts'

/** The points at which a crash leaves different files behind; see `compactWarehouse`. */
type CompactionPhase = 'copying' | 'copied' | 'swapped'

export interface CompactionOptions {
  /** The warehouse's file. */
  readonly path: string
  /** Memory the copy may use, in MB. Default 800. */
  readonly memoryLimitMb?: number
  /** Told each phase as it is passed, so that tests can kill the process there. */
  readonly reach?: (phase: CompactionPhase) => void
}

/** Where the copy is made until it takes the place of the warehouse. */
export const draftOf = (path: string): string => `${path}.new`

/**
 * Rewrites the warehouse with what it holds now: a deletion leaves the old blocks in the file, and they can be read there for months.
 * The copy is made beside it, flushed, and renamed over it, so that whenever the process dies there is one whole warehouse: the old one
 * or the new one. Statements wait until it is done. Needs as much disk again as the warehouse has.
 */
export async function compactWarehouse(duckdb: DuckDb, options: CompactionOptions): Promise<void> {
  await duckdb.whileClosed(() => rewriteFile(options))
}

/** Removes what a compaction that was cut off left beside the warehouse. Call before the warehouse is opened. */
export function removeDraft(path: string): void {
  for (const file of [draftOf(path), `${draftOf(path)}.wal`]) rmSync(file, { force: true })
}

async function rewriteFile({ path, memoryLimitMb = 800, reach }: CompactionOptions): Promise<void> {
  removeDraft(path)
  await copyDatabase(path, memoryLimitMb, () => reach?.('copying'))
  flush(draftOf(path))
  reach?.('copied')
  // A log that belongs to the old file must never be replayed on the new one. Closing wrote all of it into the file.
  if (existsSync(`${path}.wal`)) throw new TypeError('the warehouse was not closed in order')
  renameSync(draftOf(path), path)
  flush(dirname(path))
  reach?.('swapped')
}

/** On an engine of its own: the hub's is locked against reaching any file. Paths are the hub's own, never a manifest's. */
async function copyDatabase(path: string, memoryLimitMb: number, onCopying: () => void): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: `${draftOf(path)}.tmp`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
  })
  try {
    const connection = await instance.connect()
    await connection.run(`SET force_compression = 'dict_fsst'`)
    await connection.run(`ATTACH ${quoted(path)} AS former`)
    await connection.run(`CHECKPOINT former`)
    await connection.run(`ATTACH ${quoted(draftOf(path))} AS fresh (STORAGE_VERSION 'latest')`)
    onCopying()
    await connection.run(`COPY FROM DATABASE former TO fresh (SCHEMA)`)
    await copyRows(connection)
    await connection.run(`CHECKPOINT fresh`)
    await connection.run(`DETACH former`)
    await connection.run(`DETACH fresh`)
    connection.closeSync()
  } finally {
    instance.closeSync()
    rmSync(`${draftOf(path)}.tmp`, { recursive: true, force: true })
  }
}

/**
 * Events are looked through for a few people: those of each come to lie together. The last month's lie apart from older ones, so that windows up to
 * that length, which most rules ask for, leave the older ones unread.
 */
const eventOrder = `ORDER BY time >= (SELECT max(received_at) - INTERVAL 30 DAY FROM former.main.event), profile_id, time`

async function copyRows(connection: DuckDBConnection): Promise<void> {
  const found = await connection.runAndReadAll(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = 'former' AND NOT internal ORDER BY table_oid`,
  )
  for (const [name] of found.getRows()) {
    const table = `main."${String(name).replaceAll('"', '""')}"`
    const order = name === 'event' ? eventOrder : ''
    await connection.run(`INSERT INTO fresh.${table} SELECT * FROM former.${table} ${order}`)
  }
}

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`

/** A rename is only as durable as the folder that holds the name. */
function flush(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

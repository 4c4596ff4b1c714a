import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export interface CopyOptions {
  /** The file to make. It must not be there. */
  readonly path: string
  /** Memory the writing side may use, in MB. Default 200. */
  readonly memoryLimitMb?: number
  /** Ends the copy between two chunks of rows. */
  readonly signal?: AbortSignal
}

/**
 * Copies what is committed now into a new database file, table by table, while writers go on: all of it is read in one transaction, so it is one
 * moment of the warehouse. The engine that is read from is locked against reaching any file, so rows cross in chunks to an engine of its own.
 */
export async function copyWarehouse(reader: DuckDBConnection, options: CopyOptions): Promise<void> {
  const { path, memoryLimitMb = 200 } = options
  const target = await DuckDBInstance.create(path, {
    memory_limit: `${memoryLimitMb}MB`,
    storage_compatibility_version: 'latest',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  try {
    const writer = await target.connect()
    await writer.run(`SET force_compression = 'dict_fsst'`)
    await copyContent(reader, writer, options)
    await writer.run('CHECKPOINT')
    writer.closeSync()
  } finally {
    target.closeSync()
  }
  flush(path)
}

async function copyContent(
  reader: DuckDBConnection,
  writer: DuckDBConnection,
  { signal }: CopyOptions,
): Promise<void> {
  await reader.run('BEGIN TRANSACTION')
  try {
    // The engine gives each sequence with the number that comes next.
    await runAll(writer, await readTexts(reader, `SELECT sql FROM duckdb_sequences() WHERE NOT temporary`))
    const tables = await readTexts(reader, `SELECT table_name FROM duckdb_tables() ${own} ORDER BY table_oid`)
    await runAll(writer, await readTexts(reader, `SELECT sql FROM duckdb_tables() ${own} ORDER BY table_oid`))
    for (const table of tables) await copyTable({ reader, writer, table, signal })
    await runAll(writer, await readTexts(reader, `SELECT sql FROM duckdb_indexes() WHERE sql IS NOT NULL`))
    await runAll(writer, await readTexts(reader, `SELECT sql FROM duckdb_views() ${own} ORDER BY view_oid`))
  } finally {
    await reader.run('ROLLBACK')
  }
}

/** Not the engine's own, and not those of one connection alone. */
const own = `WHERE NOT internal AND NOT temporary`

async function readTexts(reader: DuckDBConnection, sql: string): Promise<string[]> {
  const rows = await reader.runAndReadAll(sql)
  return rows.getRows().map(([text]) => String(text))
}

async function runAll(writer: DuckDBConnection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await writer.run(statement)
}

interface TableCopy {
  readonly reader: DuckDBConnection
  readonly writer: DuckDBConnection
  readonly table: string
  readonly signal: AbortSignal | undefined
}

async function copyTable({ reader, writer, table, signal }: TableCopy): Promise<void> {
  const rows = await reader.stream(`SELECT * FROM "${table.replaceAll('"', '""')}"`)
  const appender = await writer.createAppender(table)
  for (;;) {
    signal?.throwIfAborted()
    const chunk = await rows.fetchChunk()
    if (!chunk || chunk.rowCount === 0) break
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

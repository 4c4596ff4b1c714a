import { DuckDBInstance, DuckDBListValue, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api'
import { openFile, fileError, type FilePlace } from '../../connectors/files/open-file.ts'
import type { ExternalRow, ExternalTable } from '../../core/port/external-table.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { quoteName } from '../../core/sql/dialect.ts'
import { duckdbDialect } from '../../core/sql/dialects/duckdb.ts'
import { renderSql } from '../../core/sql/sql.ts'
import { findInside } from '../manifest/find-inside.ts'

/** Memory for reading one file, in MB: Parquet is read by row groups, whose default is 122,880 rows. */
const memoryMb = 512

/**
 * A Parquet file as an external table. The warehouse may not read files, so a DuckDB of its own reads this one: in memory, with this
 * path as the only one allowed, without extensions, and closed with the table.
 */
export async function openParquetTable(workspace: string, path: string): Promise<ExternalTable> {
  const place: FilePlace = { workspace, folder: '.', path }
  const file = await openFile(place)
  const { fingerprint } = file
  await file.close()
  const target = await findInside(workspace, path)
  if (typeof target === 'object')
    throw fileError('platform.not_found', place, 'does not exist; put it there, or correct "file"')
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryMb}MB`,
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const close = (): Promise<void> => Promise.resolve(instance.closeSync())
  try {
    const connection = await openBounded(instance, target)
    const types = await readTypes(connection, target)
    return {
      fingerprint,
      columns: [...types.keys()],
      rows: (columns, signal) => readRows({ connection, types, target }, columns, signal),
      close,
    }
  } catch (error) {
    await close()
    const cause = error instanceof Error ? { cause: error } : {}
    throw fileError('platform.invalid_request', place, 'is no Parquet file that can be read', cause)
  }
}

async function openBounded(instance: DuckDBInstance, target: string): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run(`SET allowed_paths = [${literal(target)}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return connection
}

/** A path of the workspace's own file as SQL text: settings and table functions take no bound value for `SET`. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

async function readTypes(connection: DuckDBConnection, target: string): Promise<ReadonlyMap<string, string>> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet($1)`, [target])
  return new Map(
    described.getRowObjects().map(({ column_name: name, column_type: type }) => [String(name), String(type)]),
  )
}

interface OpenedParquet {
  readonly connection: DuckDBConnection
  readonly types: ReadonlyMap<string, string>
  readonly target: string
}

async function* readRows(
  { connection, types, target }: OpenedParquet,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<readonly ExternalRow[]> {
  const selected = columns.map((name, index) => `${readable(name, types.get(name) ?? '')} AS c${index}`)
  const result = await connection.stream(`SELECT ${selected.join(', ')} FROM read_parquet($1)`, [target])
  let place = 0
  for await (const rows of result.yieldRowObjects()) {
    signal.throwIfAborted()
    yield rows.map((row): ExternalRow => {
      place += 1
      const fields = columns.map((name, index) => [name, toJson(row[`c${index}`])])
      return { place, fields: Object.fromEntries(fields) }
    })
  }
}

/** Numbers stay numbers as far as doubles hold them; days and instants become ISO texts; everything else is read as its text. */
function readable(name: string, type: string): string {
  const column = renderSql(quoteName(duckdbDialect, name), duckdbDialect).text
  if (/^(?:U?(?:TINY|SMALL)INT|U?INTEGER|FLOAT|DOUBLE)$/.test(type)) return `${column}::DOUBLE`
  if (type === 'BOOLEAN' || type === 'VARCHAR[]') return column
  if (type.startsWith('TIMESTAMP'))
    return `strftime(make_timestamp(epoch_us(${column})), '%Y-%m-%dT%H:%M:%S.%gZ')`
  return `${column}::VARCHAR`
}

function toJson(value: DuckDBValue | undefined): JsonValue {
  if (value instanceof DuckDBListValue) return value.items.map(String)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}

import {
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'

/** A row of a result: column name → value; 64-bit integers are `bigint`, timestamps are DuckDB values unless the SQL converts them. */
export type Row = Readonly<Record<string, DuckDBValue>>
export type Params = DuckDBValue[] | Record<string, DuckDBValue>

/** Columns handed to the appender: values of one column each, all of one length. */
export interface ColumnBatch {
  readonly types: readonly DuckDBType[]
  readonly columns: readonly (readonly DuckDBValue[])[]
}

export interface DuckDbOptions {
  /** File path, or ":memory:". */
  readonly path: string
  /** Memory DuckDB may use before it spills to disk, in MB. Default 1,000. */
  readonly memoryLimitMb?: number
  readonly threads?: number
}

const chunkRows = 2048

/**
 * The embedded warehouse engine, opened hardened: no file or network access from SQL, no extensions, configuration locked, so
 * that no text that reaches SQL can leave the database. Statements run one at a time on one connection: transactions never mix.
 */
export interface DuckDb {
  run(sql: string, params?: Params): Promise<number>
  all<R = Row>(sql: string, params?: Params): Promise<R[]>
  one<R = Row>(sql: string, params?: Params): Promise<R | undefined>
  /** Streams a result in blocks of rows without holding it whole. */
  stream<R = Row>(sql: string, params?: Params): AsyncIterable<R[]>
  /** Appends columns to a table; far faster than INSERT. */
  append(table: string, batch: ColumnBatch): Promise<void>
  /** Runs `work` in one transaction: all of it is durable when it resolves, none of it when it rejects. */
  transaction<T>(work: () => Promise<T>): Promise<T>
  checkpoint(): Promise<void>
  close(): void
}

export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: `${options.memoryLimitMb ?? 1000}MB`,
    ...(options.threads !== undefined && { threads: String(options.threads) }),
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  await connection.run('SET lock_configuration = true')
  return createDuckDb(instance, connection)
}

function createDuckDb(instance: DuckDBInstance, connection: DuckDBConnection): DuckDb {
  const duckdb: DuckDb = {
    async run(sql, params) {
      const result = await connection.run(sql, params)
      return result.rowsChanged
    },
    async all<R>(sql: string, params?: Params) {
      const reader = await connection.runAndReadAll(sql, params)
      return reader.getRowObjects() as R[]
    },
    async one<R>(sql: string, params?: Params) {
      const rows = await duckdb.all<R>(sql, params)
      return rows[0]
    },
    async *stream<R>(sql: string, params?: Params) {
      const result = await connection.stream(sql, params)
      for await (const rows of result.yieldRowObjects()) yield rows as R[]
    },
    async append(table, batch) {
      const appender = await connection.createAppender(table)
      const rows = batch.columns[0]?.length ?? 0
      for (let start = 0; start < rows; start += chunkRows) {
        const chunk = DuckDBDataChunk.create(batch.types)
        chunk.setColumns(batch.columns.map((column) => column.slice(start, start + chunkRows)))
        appender.appendDataChunk(chunk)
      }
      appender.closeSync()
    },
    async transaction(work) {
      await connection.run('BEGIN TRANSACTION')
      try {
        const value = await work()
        await connection.run('COMMIT')
        return value
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined)
        throw error
      }
    },
    async checkpoint() {
      await connection.run('CHECKPOINT')
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
  return duckdb
}

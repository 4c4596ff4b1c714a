import { AsyncLocalStorage } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import {
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { copyWarehouse, type CopyOptions } from './copy-warehouse.ts'
import { createRepeatedStatements, type RepeatedStatements } from './repeated-statements.ts'

/** A row of a result: column name → value; 64-bit integers are `bigint`, timestamps are DuckDB values unless the SQL converts them. */
export type Row = Readonly<Record<string, DuckDBValue>>
type Params = DuckDBValue[] | Record<string, DuckDBValue>

/** Columns handed to the appender: values of one column each, all of one length. */
interface ColumnBatch {
  readonly types: readonly DuckDBType[]
  readonly columns: readonly (readonly DuckDBValue[])[]
}

export interface DuckDbOptions {
  /** File path, or ":memory:". */
  readonly path: string
  /** Memory DuckDB may use before it spills to disk, in MB. Default 800. */
  readonly memoryLimitMb?: number
  readonly threads?: number
}

const chunkRows = 2048

/**
 * The embedded warehouse engine, opened hardened: no file or network access from SQL, no extensions, configuration locked but for the number of threads, so
 * that no text that reaches SQL can leave the database. One connection does all the writing; statements of others wait while a
 * transaction is open, so transactions never mix and nobody reads what is not committed.
 */
export interface DuckDb {
  /** Returns the number of rows changed. */
  run(sql: string, params?: Params): Promise<number>
  /**
   * `run` for a statement that comes again and again with the same words: it is planned once. Give every parameter a type in the SQL, or
   * it is planned anew each time.
   */
  repeat(sql: string, params: DuckDBValue[]): Promise<number>
  all<R = Row>(sql: string, params?: Params): Promise<R[]>
  one<R = Row>(sql: string, params?: Params): Promise<R | undefined>
  /**
   * Streams a result in blocks of rows without holding it whole. Inside a transaction it reads on the transaction's connection,
   * and no other statement may run until it ends; outside it has a connection and a snapshot of its own.
   */
  stream<R = Row>(sql: string, params?: Params): AsyncIterable<R[]>
  /** Reads what is committed, on a connection of its own: never waits for a transaction, never sees half of one. */
  read<R = Row>(sql: string, params?: Params): Promise<R[]>
  /**
   * Runs `work` on a connection of its own, over what is committed now, and undoes all it did: for temporary tables and views of a
   * question. Never waits for a transaction and holds none up. Aborting the signal interrupts the statement under way; the error that
   * then comes is the engine's.
   */
  aside<T>(work: (session: DuckDbSession) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Appends columns to a table; far faster than INSERT. */
  append(table: string, batch: ColumnBatch): Promise<void>
  /**
   * Runs `work` in one transaction: all of it is durable when it resolves, none of it when it rejects. Inside another transaction it
   * joins that one. Aborting the signal interrupts the statement under way, whose error is then the engine's; it counts from when the
   * transaction begins.
   */
  transaction<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** True in what runs inside a transaction. */
  isInside(): boolean
  /** Runs `work` in a transaction that is always rolled back: what would happen, without it happening. */
  dryRun<T>(work: () => Promise<T>): Promise<T>
  /**
   * How many threads statements run on from now on; default as many as it was opened with. Those that wait for another one spin, so
   * while this process has other work for the cores, small statements cost half with one.
   */
  useThreads(count?: number): Promise<void>
  checkpoint(): Promise<void>
  /** Copies what is committed now into a new file, while everything else goes on. Throws the engine's error, or the signal's reason. */
  copyTo(options: CopyOptions): Promise<void>
  /**
   * Closes the database, runs `work` on its file, and opens it again, whatever became of `work`. Statements wait meanwhile; no stream
   * may be under way. Temporary tables are gone afterwards. Throws the engine's error when the file cannot be opened again.
   */
  whileClosed(work: () => Promise<void>): Promise<void>
  close(): void
}

/** Statements on one connection. */
export type DuckDbSession = Pick<DuckDb, 'run' | 'all' | 'one'>

export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  return createDuckDb(await openFile(options), () => openFile(options))
}

async function openFile(options: DuckDbOptions): Promise<OpenedDuckDb> {
  const { threads = availableParallelism() } = options
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: `${options.memoryLimitMb ?? 800}MB`,
    checkpoint_threshold: '128MB',
    storage_compatibility_version: 'latest',
    threads: String(threads),
    allowed_configs: '[threads]',
    // Row groups that a large insert holds back before it writes them; the default of five takes 150 MB more and saves nothing.
    write_buffer_row_group_count: '2',
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  const reader = await instance.connect()
  // What the engine chooses for texts on its own, without trying all others on each column first: a third of the time of writing.
  await connection.run(`SET force_compression = 'dict_fsst'`)
  await connection.run('SET lock_configuration = true')
  return { instance, connection, reader, threads, repeated: createRepeatedStatements(connection) }
}

interface OpenedDuckDb {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly reader: DuckDBConnection
  readonly threads: number
  readonly repeated: RepeatedStatements
}

function createDuckDb(first: OpenedDuckDb, open: () => Promise<OpenedDuckDb>): DuckDb {
  let opened = first
  const reading = createPause()
  const { exclusively, transact, isInside } = createTurns(() => opened.connection)
  const all = async <R>(sql: string, params?: Params): Promise<R[]> => {
    const rows = await exclusively(() => opened.connection.runAndReadAll(sql, params))
    return rows.getRowObjects() as R[]
  }
  const reopen = async (work: () => Promise<void>): Promise<void> => {
    closeFile(opened)
    try {
      await work()
    } finally {
      opened = await open()
    }
  }
  return {
    all,
    run: async (sql, params) => (await exclusively(() => opened.connection.run(sql, params))).rowsChanged,
    repeat: (sql, params) => exclusively(() => opened.repeated.run(sql, params)),
    one: async <R>(sql: string, params?: Params) => (await all<R>(sql, params))[0],
    async *stream<R>(sql: string, params?: Params) {
      const own = isInside() ? undefined : await opened.instance.connect()
      try {
        const result = await (own ?? opened.connection).stream(sql, params)
        for await (const rows of result.yieldRowObjects()) yield rows as R[]
      } finally {
        own?.closeSync()
      }
    },
    read: async <R>(sql: string, params?: Params) => {
      const rows = await reading.read(() => opened.reader.runAndReadAll(sql, params))
      return rows.getRowObjects() as R[]
    },
    aside: (work, signal) => reading.read(() => runAside(opened.instance, work, signal)),
    append: (table, batch) => exclusively(() => appendColumns(opened.connection, table, batch)),
    isInside,
    transaction(work, signal) {
      const interruptible = (): ReturnType<typeof work> => interruptibly(opened.connection, work, signal)
      return isInside() ? interruptible() : transact(interruptible, 'COMMIT')
    },
    dryRun: (work) => transact(work, 'ROLLBACK'),
    useThreads: async (count = first.threads) =>
      void (await exclusively(() => opened.connection.run(`SET threads = ${count}`))),
    checkpoint: async () => void (await exclusively(() => opened.connection.run('CHECKPOINT'))),
    copyTo: (options) => reading.read(() => copyAside(opened.instance, options)),
    whileClosed: (work) => exclusively(() => reading.pause(() => reopen(work))),
    close: () => closeFile(opened),
  }
}

/** Aborting the signal interrupts the statement of `work` that is under way. */
async function interruptibly<T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const interrupt = (): void => connection.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    return await work()
  } finally {
    signal?.removeEventListener('abort', interrupt)
  }
}

async function runAside<T>(
  instance: DuckDBInstance,
  work: (session: DuckDbSession) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  const connection = await instance.connect()
  const interrupt = (): void => connection.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    await connection.run('BEGIN TRANSACTION')
    return await work(toSession(connection, signal))
  } finally {
    signal?.removeEventListener('abort', interrupt)
    // Closing the connection rolls its transaction back and drops its temporary tables.
    connection.closeSync()
  }
}

async function copyAside(instance: DuckDBInstance, options: CopyOptions): Promise<void> {
  const connection = await instance.connect()
  try {
    await copyWarehouse(connection, options)
  } finally {
    connection.closeSync()
  }
}

/** An interruption between two statements would be lost: each looks first. */
function toSession(connection: DuckDBConnection, signal: AbortSignal | undefined): DuckDbSession {
  const all = async <R>(sql: string, params?: Params): Promise<R[]> => {
    signal?.throwIfAborted()
    return (await connection.runAndReadAll(sql, params)).getRowObjects() as R[]
  }
  return {
    all,
    one: async <R>(sql: string, params?: Params) => (await all<R>(sql, params))[0],
    run: async (sql, params) => {
      signal?.throwIfAborted()
      return (await connection.run(sql, params)).rowsChanged
    },
  }
}

/** Lets reads run beside each other, but for the time of a pause. */
function createPause(): {
  readonly read: <T>(work: () => Promise<T>) => Promise<T>
  readonly pause: (work: () => Promise<void>) => Promise<void>
} {
  const underWay = new Set<Promise<unknown>>()
  const pauses = new Set<Promise<void>>()
  return {
    async read(work) {
      // Looked at again after each wait: another pause may have begun. Without one, the read starts at once and a pause waits for it.
      while (pauses.size > 0) await Promise.all(pauses)
      const answer = work()
      underWay.add(answer)
      try {
        return await answer
      } finally {
        underWay.delete(answer)
      }
    },
    async pause(work) {
      const end = Promise.withResolvers<void>()
      pauses.add(end.promise)
      await Promise.allSettled(underWay)
      try {
        await work()
      } finally {
        pauses.delete(end.promise)
        end.resolve()
      }
    },
  }
}

function closeFile({ instance, connection, reader, repeated }: OpenedDuckDb): void {
  repeated.close()
  reader.closeSync()
  connection.closeSync()
  instance.closeSync()
}

/** Who may use the writing connection now. */
interface Turns {
  /** One after the other; what runs inside the open transaction does not wait for itself. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>
  readonly transact: <T>(work: () => Promise<T>, end: 'COMMIT' | 'ROLLBACK') => Promise<T>
  /** True in what runs inside the open transaction. */
  readonly isInside: () => boolean
}

function createTurns(writer: () => DuckDBConnection): Turns {
  const inTransaction = new AsyncLocalStorage<true>()
  let last: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    if (inTransaction.getStore()) return work()
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    exclusively,
    isInside: () => inTransaction.getStore() === true,
    transact: (work, end) =>
      exclusively(async () => {
        const connection = writer()
        await connection.run('BEGIN TRANSACTION')
        try {
          const value = await inTransaction.run(true, work)
          await connection.run(end)
          return value
        } catch (error) {
          // A transaction that DuckDB itself has ended cannot be rolled back; the first error is the one that matters.
          await connection.run('ROLLBACK').catch(() => undefined)
          throw error
        }
      }),
  }
}

async function appendColumns(connection: DuckDBConnection, table: string, batch: ColumnBatch): Promise<void> {
  const appender = await connection.createAppender(table)
  const rows = batch.columns[0]?.length ?? 0
  for (let start = 0; start < rows; start += chunkRows) {
    const chunk = DuckDBDataChunk.create(batch.types)
    chunk.setColumns(batch.columns.map((column) => column.slice(start, start + chunkRows)))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

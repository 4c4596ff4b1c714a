import { availableParallelism } from 'node:os'
import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  type DuckDBValue,
} from '@duckdb/node-api'
import { giveWay } from '../../core/connector/in-pieces.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { appendColumns, chunkRows, type ColumnBatch } from './append-columns.ts'
import { copyWarehouse, type CopyOptions } from './copy-warehouse.ts'
import { createCheckpoints } from './create-checkpoints.ts'
import { createLateBegin, type LateBegin } from './create-late-begin.ts'
import { createOwnConnections, type OwnConnections } from './create-own-connections.ts'
import { createPause, type Pause } from './create-pause.ts'
import { createTableVersions, type TableVersions } from './create-table-versions.ts'
import { createThreadUse, type ThreadUse } from './create-thread-use.ts'
import { createTurns, type Turns } from './create-turns.ts'
import { createRepeatedStatements, type RepeatedStatements } from './repeated-statements.ts'

/** A row of a result: column name → value; 64-bit integers are `bigint`, timestamps are DuckDB values unless the SQL converts them. */
export type Row = Readonly<Record<string, DuckDBValue>>
type Params = DuckDBValue[] | Record<string, DuckDBValue>

export interface DuckDbOptions {
  /** File path, or ":memory:". */
  readonly path: string
  /** Memory DuckDB may use before it spills to disk, in MB. Default 800. */
  readonly memoryLimitMb?: number
  readonly threads?: number
  /** Milliseconds of a clock that never goes back. Default: the machine's. */
  readonly now?: () => number
}

/** How often what is to end is interrupted again, in milliseconds. */
const interruptEveryMs = 50

/**
 * The embedded warehouse engine, opened hardened: no file or network access from SQL, no extensions, configuration locked but for the numbers of threads and of merges, so
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
  /**
   * Runs `work` over what is committed now, on a connection of its own: for questions of several statements that must neither wait for a
   * transaction nor hold one up. What it writes is undone. Inside a transaction, or another snapshot, it joins that one.
   */
  snapshot<T>(work: () => Promise<T>): Promise<T>
  /** True in what runs inside a transaction or a snapshot. */
  isInside(): boolean
  /**
   * Another text when one of these tables may hold something else: at the latest when whoever wrote to it knows that it is committed. Tables
   * under views are to be named themselves.
   */
  versionOf(tables: readonly string[]): string
  /** Runs `work` in a transaction that is always rolled back: what would happen, without it happening. */
  dryRun<T>(work: () => Promise<T>): Promise<T>
  /**
   * How many threads statements run on from now on; default as many as it was opened with. Those that wait for another one spin, so
   * while this process has other work for the cores, small statements cost half with one. While many questions are asked beside what is
   * written, one is used anyway: a statement on all cores holds each question up for as long as it lasts.
   */
  useThreads(count?: number): Promise<void>
  /** Brings the log into the file, and begins to bring together what `shortenLog` left in small pieces. */
  checkpoint(): Promise<void>
  /**
   * A checkpoint if the log has grown by some seconds of events. Whoever writes little, often, calls it in between: the engine does it by
   * itself later, in a commit, and the more there is the longer that takes. What it writes stays in small pieces until `checkpoint`; after
   * that each call brings a few of them together until none is left.
   */
  shortenLog(): Promise<void>
  /** Copies what is committed now into a new file, while everything else goes on. Throws the engine's error, or the signal's reason. */
  copyTo(options: CopyOptions): Promise<void>
  /**
   * Closes the database, runs `work` on its file, and opens it again, whatever became of `work`. Statements wait meanwhile; no stream
   * may be under way. Temporary tables are gone afterwards. Throws the engine's error when the file cannot be opened again.
   */
  whileClosed(work: () => Promise<void>): Promise<void>
  /** Interrupts what is under way, and takes nothing more: `run.aborted`. Resolves when no statement runs. Streams end by themselves. */
  end(): Promise<void>
  /** No statement may be under way: a connection that is closed during one hangs in the engine, and the process with it. */
  close(): void
}

/** Statements on one connection. */
export type DuckDbSession = Pick<DuckDb, 'run' | 'all' | 'one'>

export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const { threads = availableParallelism(), now = () => performance.now() } = options
  const open = (): Promise<OpenedDuckDb> => openFile({ ...options, threads })
  return createDuckDb(await open(), createThreadUse(threads, now), open)
}

async function openFile(options: DuckDbOptions & { readonly threads: number }): Promise<OpenedDuckDb> {
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: `${options.memoryLimitMb ?? 800}MB`,
    // What is replayed when a killed hub starts: 10 ms for each MB of a cycle, 50 of many small changes. A cycle costs the same processor
    // time with 32, 64 or 128 MB.
    checkpoint_threshold: '64MB',
    storage_compatibility_version: 'latest',
    threads: String(options.threads),
    allowed_configs: '[threads, max_vacuum_tasks]',
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
  const own = await createOwnConnections(instance)
  const repeated = createRepeatedStatements(connection)
  return { path: options.path, instance, connection, reader, own, repeated }
}

interface OpenedDuckDb {
  readonly path: string
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly reader: DuckDBConnection
  readonly own: OwnConnections
  readonly repeated: RepeatedStatements
}

/** Turns on the writing connection, each on as many threads as are due. */
const onDueThreads =
  (
    { exclusively }: Turns,
    isWriter: (connection: DuckDBConnection) => boolean,
    threads: ThreadUse,
  ): Turns['exclusively'] =>
  (work) =>
    exclusively(async (connection) => {
      if (isWriter(connection)) await threads.apply(connection)
      return work(connection)
    })

function createDuckDb(first: OpenedDuckDb, threads: ThreadUse, open: () => Promise<OpenedDuckDb>): DuckDb {
  let opened = first
  const ending = new AbortController()
  const versions = createTableVersions()
  const turns = createTurns(() => opened.connection, ending.signal, versions.settle)
  const late = createLateBegin()
  const reading = createReading(() => opened, { turns, ending: ending.signal, threads, late })
  const { transact, isInside } = turns
  const exclusively = onDueThreads(turns, (connection) => connection === opened.connection, threads)
  const checkpoints = createCheckpoints(first.path)
  const reopen = async (work: () => Promise<void>): Promise<void> => {
    closeFile(opened)
    try {
      await work()
    } finally {
      versions.replace()
      opened = await open()
      threads.reset()
    }
  }
  return {
    ...createStatements(() => opened, { exclusively, versions, late }),
    stream: <R>(sql: string, params?: Params) => streamRows<R>({ ...opened, turns, late }, sql, params),
    ...reading.asked,
    isInside,
    versionOf: versions.of,
    transaction(work, signal) {
      const interruptible = (): ReturnType<typeof work> => interruptibly(turns.connection(), work, signal)
      return isInside() ? interruptible() : transact(interruptible, 'COMMIT')
    },
    dryRun: (work) => transact(work, 'ROLLBACK'),
    useThreads: (count) => exclusively((connection) => threads.want(connection, count)),
    checkpoint: () => exclusively((connection) => checkpoints.whole(connection)),
    shortenLog: () => exclusively((connection) => checkpoints.brief(connection)),
    whileClosed: (work) => exclusively(() => reading.pause(() => reopen(work))),
    async end() {
      ending.abort()
      // Again and again: an interruption is lost on a statement that no thread works on yet.
      const interrupting = setInterval(() => {
        opened.connection.interrupt()
        reading.interrupt()
      }, interruptEveryMs)
      await Promise.all([turns.settled(), reading.settled()])
      clearInterval(interrupting)
    },
    close: () => closeFile(opened),
  }
}

interface StatementParts {
  readonly exclusively: Turns['exclusively']
  /** Told of what each writes to. */
  readonly versions: TableVersions
  readonly late: LateBegin
}

function createStatements(
  opened: () => OpenedDuckDb,
  { exclusively, versions, late }: StatementParts,
): Pick<DuckDb, 'run' | 'repeat' | 'all' | 'one' | 'append'> {
  const execute = <T>(
    [sql, params]: readonly [sql: string, params?: Params | undefined],
    take: (result: DuckDBMaterializedResult) => T | Promise<T>,
  ): Promise<T> =>
    exclusively(async (connection) => {
      versions.noteStatement(sql)
      return take(await late.run(connection, sql, params))
    })
  const all = <R>(...asked: [sql: string, params?: Params]): Promise<R[]> => execute(asked, readRows<R>)
  return {
    all,
    run: (...asked) => execute(asked, ({ rowsChanged }) => rowsChanged),
    repeat: (sql, params) =>
      exclusively(() => {
        versions.noteStatement(sql)
        return opened().repeated.run(sql, params)
      }),
    one: async <R>(...asked: [sql: string, params?: Params]) => (await all<R>(...asked))[0],
    append: (table, batch) =>
      exclusively(async (own) => {
        versions.noteTable(table)
        await late.settle(own)
        return appendColumns(own, table, batch)
      }),
  }
}

async function* streamRows<R>(
  { instance, turns, late }: Pick<OpenedDuckDb, 'instance'> & Pick<ReadingParts, 'turns' | 'late'>,
  ...question: [sql: string, params: Params | undefined]
): AsyncIterable<R[]> {
  const own = turns.isInside() ? undefined : await instance.connect()
  const connection = own ?? turns.connection()
  try {
    await late.settle(connection)
    const result = await connection.stream(...question)
    for await (const rows of result.yieldRowObjects()) yield rows as R[]
  } finally {
    own?.closeSync()
  }
}

/** What looks at what is committed, beside the writing connection. */
interface Reading extends Pick<Pause, 'pause' | 'settled'> {
  readonly asked: Pick<DuckDb, 'read' | 'aside' | 'snapshot' | 'copyTo'>
  readonly interrupt: () => void
}

interface ReadingParts {
  readonly turns: Turns
  readonly ending: AbortSignal
  /** Told of each question. */
  readonly threads: ThreadUse
  readonly late: LateBegin
}

function createReading(opened: () => OpenedDuckDb, { turns, ending, threads, late }: ReadingParts): Reading {
  const { read, pause, settled } = createPause()
  const beside = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    threads.noteQuestion()
    return read(() => {
      refuseAfter(ending)
      return opened().own.use(work)
    })
  }
  return {
    pause,
    settled,
    interrupt() {
      opened().reader.interrupt()
      opened().own.interrupt()
    },
    asked: {
      read: <R>(sql: string, params?: Params) =>
        read(async () => {
          threads.noteQuestion()
          refuseAfter(ending)
          return readRows<R>(await opened().reader.run(sql, params))
        }),
      aside: (work, signal) => beside((connection) => runAside(connection, work, signal)),
      snapshot: (work) =>
        turns.isInside()
          ? work()
          : beside((connection) => {
              late.order(connection)
              return turns.within(connection, work)
            }),
      copyTo: (options) => beside((connection) => copyWarehouse(connection, options)),
    },
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

const refuseAfter = (ending: AbortSignal): void => {
  if (ending.aborted) throw new AffluentError('run.aborted')
}

/** The engine holds the whole result: to fetch it piece by piece would wait for a turn of the event loop at each, which is long beside a cycle. */
async function readRows<R>(result: DuckDBMaterializedResult): Promise<R[]> {
  const names = result.deduplicatedColumnNames()
  const rows: Record<string, DuckDBValue>[] = []
  let given = 0
  for (let index = 0; index < result.chunkCount; index += 1) {
    // As many rows as a whole chunk has take some milliseconds. A question made of several has a chunk of a row or two for each.
    if (rows.length - given >= chunkRows) {
      given = rows.length
      await giveWay()
    }
    result.getChunk(index).appendToRowObjects(names, rows)
  }
  return rows as R[]
}

async function runAside<T>(
  connection: DuckDBConnection,
  work: (session: DuckDbSession) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  await connection.run('BEGIN TRANSACTION')
  return interruptibly(connection, () => work(toSession(connection, signal)), signal)
}

/** An interruption between two statements would be lost: each looks first. */
function toSession(connection: DuckDBConnection, signal: AbortSignal | undefined): DuckDbSession {
  const all = async <R>(sql: string, params?: Params): Promise<R[]> => {
    signal?.throwIfAborted()
    return readRows<R>(await connection.run(sql, params))
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

function closeFile({ instance, connection, reader, own, repeated }: OpenedDuckDb): void {
  repeated.close()
  own.close()
  reader.closeSync()
  connection.closeSync()
  instance.closeSync()
}

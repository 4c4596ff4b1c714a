import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toStoreError } from './to-store-error.ts'

/**
 * Kysely over the SQLite that Node carries. Kysely hands one connection to one piece of work at a time, so transactions never
 * mix. Every error leaves with a code of ours.
 */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync
  readonly #file: string

  constructor(database: DatabaseSync, file: string) {
    super({ database: adapt(database, file) })
    this.#database = database
    this.#file = file
  }

  override createDriver(): Driver {
    return new NodeSqliteDriver(this.#database, this.#file)
  }
}

/** How long a statement waits for another process that writes, and how often it looks, in milliseconds. The hub itself is the only writer. */
const busyLimitMs = 5_000
const busyPauseMs = 20

class NodeSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync, file: string) {
    super({ database: adapt(database, file) })
    this.#database = database
  }

  /** SQLite would wait for a lock with the whole process; here only the statement does, and whoever comes after it. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection()
    return {
      executeQuery: (query) => untilFree(() => connection.executeQuery(query)),
      streamQuery: (...query) => connection.streamQuery(...query),
    }
  }

  /** Takes the write lock at once: a transaction that reads first could otherwise fail when it comes to writing. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  /** SQLite rolls back by itself on a full disk or an I/O error; a second rollback would hide the reason. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection)
  }
}

async function untilFree<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waitedMs = 0; ; waitedMs += busyPauseMs)
    try {
      return await work()
    } catch (error) {
      const isBusy = error instanceof AffluentError && error.code === 'store.locked'
      if (!isBusy || waitedMs >= busyLimitMs) throw error
      await setTimeout(busyPauseMs)
    }
}

function adapt(database: DatabaseSync, file: string): SqliteDatabase {
  const guard = <Result>(sql: string, work: () => Result): Result => {
    try {
      return work()
    } catch (error) {
      const act = /^\s*(?:select|pragma)/i.test(sql)
        ? 'reading the control store'
        : 'writing the control store'
      throw toStoreError(error, act, file)
    }
  }
  return {
    close: () => database.close(),
    prepare: (sql): SqliteStatement => {
      const statement = guard(sql, () => database.prepare(sql))
      return {
        reader: statement.columns().length > 0,
        all: (values) => guard(sql, () => statement.all(...values.map(toInput))),
        run: (values) => guard(sql, () => statement.run(...values.map(toInput))),
        iterate: (values) => statement.iterate(...values.map(toInput)),
      }
    },
  }
}

function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`a value of type ${typeof value} cannot be bound`)
}

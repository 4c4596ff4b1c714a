import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api'

/**
 * Transactions that begin together with their first statement. Each call of the engine waits for a thread and then for a turn of the event
 * loop, which beside a cycle takes many times as long as the beginning itself.
 */
export interface LateBegin {
  /** A transaction is to begin on the connection, on which nothing is under way. */
  readonly order: (connection: DuckDBConnection) => void
  /** Begins what is ordered, for what is no statement of `run`. */
  readonly settle: (connection: DuckDBConnection) => Promise<void>
  /** `connection.run`, in the transaction that is ordered. */
  readonly run: (
    connection: DuckDBConnection,
    sql: string,
    params?: DuckDBValue[] | Record<string, DuckDBValue>,
  ) => Promise<DuckDBMaterializedResult>
}

const beginSql = 'BEGIN TRANSACTION'

export function createLateBegin(): LateBegin {
  const ordered = new WeakSet<DuckDBConnection>()
  /** What is asked meanwhile must not overtake the beginning: the engine takes up what waits for a connection in any order. */
  const beginnings = new WeakMap<DuckDBConnection, Promise<unknown>>()
  async function settle(connection: DuckDBConnection): Promise<void> {
    await beginnings.get(connection)
    if (ordered.delete(connection)) beginnings.set(connection, connection.run(beginSql))
    await beginnings.get(connection)
  }
  /**
   * Its words may have been refused before the beginning, or after: the next statement begins. Whoever asked is told only when this is done, as
   * the connection may be closed then.
   */
  async function begin(connection: DuckDBConnection, sql: string): Promise<DuckDBMaterializedResult> {
    try {
      return await connection.run(`${beginSql};${sql}`)
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined)
      ordered.add(connection)
      throw error
    }
  }
  return {
    order: (connection) => void ordered.add(connection),
    settle,
    async run(connection, sql, params) {
      await beginnings.get(connection)
      if (params || !ordered.delete(connection)) {
        await settle(connection)
        return connection.run(sql, params)
      }
      const first = begin(connection, sql)
      beginnings.set(
        connection,
        first.catch(() => undefined),
      )
      return first
    },
  }
}

import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api'

/** Statements that come again and again with the same words, planned once. */
export interface RepeatedStatements {
  /** Returns the number of rows changed. */
  run(sql: string, params: DuckDBValue[]): Promise<number>
  /** To be called before the connection is closed. A statement that is under way ends first. */
  close(): void
}

/** Those of a few streams; beyond that the one goes that was not used for longest. */
const mostKept = 32

export function createRepeatedStatements(connection: DuckDBConnection): RepeatedStatements {
  /** Those that wait to be used again; one that runs is not among them, so that nothing takes it away meanwhile. */
  const kept = new Map<string, DuckDBPreparedStatement>()
  let closed = false
  const keep = (sql: string, statement: DuckDBPreparedStatement): void => {
    kept.get(sql)?.destroySync()
    kept.delete(sql)
    kept.set(sql, statement)
    const [oldest] = kept
    if (!oldest || (kept.size <= mostKept && !closed)) return
    kept.delete(oldest[0])
    oldest[1].destroySync()
  }
  return {
    async run(sql, params) {
      const statement = kept.get(sql) ?? (await connection.prepare(sql))
      kept.delete(sql)
      try {
        statement.bind(params)
        return (await statement.run()).rowsChanged
      } finally {
        keep(sql, statement)
      }
    },
    close() {
      closed = true
      for (const statement of kept.values()) statement.destroySync()
      kept.clear()
    },
  }
}

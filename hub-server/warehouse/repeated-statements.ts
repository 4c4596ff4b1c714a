import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api'

/** Statements that come again and again with the same words, planned once. Two of the same words must not run at the same time. */
export interface RepeatedStatements {
  /** Returns the number of rows changed. */
  run(sql: string, params: DuckDBValue[]): Promise<number>
  /** To be called before the connection is closed. */
  close(): void
}

/** Those of a few streams; beyond that the one goes that was not used for longest. */
const mostKept = 32

export function createRepeatedStatements(connection: DuckDBConnection): RepeatedStatements {
  const kept = new Map<string, DuckDBPreparedStatement>()
  const prepare = async (sql: string): Promise<DuckDBPreparedStatement> => {
    const statement = kept.get(sql) ?? (await connection.prepare(sql))
    kept.delete(sql)
    kept.set(sql, statement)
    const [oldest] = kept
    if (oldest && kept.size > mostKept) {
      kept.delete(oldest[0])
      oldest[1].destroySync()
    }
    return statement
  }
  return {
    async run(sql, params) {
      const statement = await prepare(sql)
      statement.bind(params)
      return (await statement.run()).rowsChanged
    },
    close() {
      for (const statement of kept.values()) statement.destroySync()
      kept.clear()
    },
  }
}

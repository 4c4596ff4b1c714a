import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** Connections of questions, one for each. */
export interface OwnConnections {
  /** Runs `work` on a connection that nobody else uses; its transaction and its temporary tables go with it. */
  readonly use: <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>
  /** Interrupts what is under way on them. */
  readonly interrupt: () => void
  /** Nothing may be under way. */
  readonly close: () => void
}

/** What a page of a console asks for at once. */
const mostReady = 4

/**
 * Some are opened before they are asked for: to open one takes no time, but waits for a thread and then for a turn of the event loop, which
 * beside a cycle is long.
 */
export async function createOwnConnections(instance: DuckDBInstance): Promise<OwnConnections> {
  const ready = await Promise.all(Array.from({ length: mostReady }, () => instance.connect()))
  const used = new Set<DuckDBConnection>()
  return {
    async use(work) {
      const known = ready.pop()
      const next = known && instance.connect()
      const connection = known ?? (await instance.connect())
      used.add(connection)
      const answer = work(connection)
      // The next one, too, is waited for: the file may be closed afterwards. Where it could not be opened, whoever misses it opens one and is told.
      const [, opened] = await Promise.allSettled([answer, next])
      used.delete(connection)
      connection.closeSync()
      if (opened.status === 'fulfilled' && opened.value) ready.push(opened.value)
      return answer
    },
    interrupt() {
      for (const connection of used) connection.interrupt()
    },
    close() {
      for (const connection of ready) connection.closeSync()
    },
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { DuckDBConnection } from '@duckdb/node-api'
import { AffluentError } from '../../core/errors/affluent-error.ts'

/**
 * What runs inside a transaction or a snapshot uses its connection. Of statements begun at once one may fail while others still run: these are
 * waited for before the connection is closed, or used for anything else.
 */
interface Place {
  readonly connection: DuckDBConnection
  readonly running: Set<Promise<unknown>>
}

/** Who may use which connection now. */
export interface Turns {
  /** One after the other on the writing connection; what runs inside a transaction or a snapshot uses that one's, and does not wait for itself. */
  readonly exclusively: <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>
  readonly transact: <T>(work: () => Promise<T>, end: 'COMMIT' | 'ROLLBACK') => Promise<T>
  /** Runs `work` with this connection as the one that statements go to. */
  readonly within: <T>(connection: DuckDBConnection, work: () => Promise<T>) => Promise<T>
  /** True in what runs inside a transaction or a snapshot. */
  readonly isInside: () => boolean
  /** The one that statements go to here. */
  readonly connection: () => DuckDBConnection
  /** Resolves when nobody has a turn, or waits for one. */
  readonly settled: () => Promise<void>
}

/** After `ending` aborted there are no turns: whoever asks for one gets `run.aborted`. `ended` is called at the end of each, before the next begins. */
export function createTurns(
  writer: () => DuckDBConnection,
  ending: AbortSignal,
  ended: () => void = () => undefined,
): Turns {
  const inside = new AsyncLocalStorage<Place>()
  let last: Promise<unknown> = Promise.resolve()
  const begin = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    ending.aborted
      ? Promise.reject(new AffluentError('run.aborted'))
      : work(inside.getStore()?.connection ?? writer())
  const exclusively: Turns['exclusively'] = (work) => {
    const place = inside.getStore()
    if (place) return noting(place, begin(work))
    const take = (): ReturnType<typeof work> => begin(work).finally(ended)
    const turn = last.then(take, take)
    last = turn.catch(() => undefined)
    return turn
  }
  const within: Turns['within'] = async (connection, work) => {
    const place: Place = { connection, running: new Set() }
    try {
      return await inside.run(place, work)
    } finally {
      while (place.running.size > 0) await Promise.allSettled(place.running)
    }
  }
  return {
    exclusively,
    within,
    isInside: () => inside.getStore() !== undefined,
    connection: () => inside.getStore()?.connection ?? writer(),
    transact: (work, end) =>
      exclusively(async (connection) => {
        await connection.run('BEGIN TRANSACTION')
        try {
          const value = await within(connection, work)
          await connection.run(end)
          return value
        } catch (error) {
          // A transaction that DuckDB itself has ended cannot be rolled back; the first error is the one that matters.
          await connection.run('ROLLBACK').catch(() => undefined)
          throw error
        }
      }),
    settled: async () => void (await last),
  }
}

function noting<T>({ running }: Place, statement: Promise<T>): Promise<T> {
  running.add(statement)
  const forget = (): void => void running.delete(statement)
  statement.then(forget, forget)
  return statement
}

import type { DuckDBConnection } from '@duckdb/node-api'

/** So many questions within so many milliseconds: more than one person's look at a page, or a probe of whether the hub is well. */
const many = 5
const withinMs = 1000

/** On how many threads the engine works. */
export interface ThreadUse {
  /** As many from now on; default all. */
  want(connection: DuckDBConnection, count?: number): Promise<void>
  /** Notes that a question begins beside what is written. */
  noteQuestion(): void
  /** Sets what is due: what is wanted, or one while many questions are asked. */
  apply(connection: DuckDBConnection): Promise<void>
  /** The engine was opened again, with all of them. */
  reset(): void
}

/** `now`: milliseconds of a clock that never goes back. */
export function createThreadUse(all: number, now: () => number): ThreadUse {
  const asked: number[] = []
  let wanted = all
  let used = all
  const isBusy = (): boolean => asked.length === many && now() - (asked[0] ?? 0) < withinMs
  async function apply(connection: DuckDBConnection): Promise<void> {
    const due = isBusy() ? 1 : wanted
    // Threads are ended and begun, which takes milliseconds: not for as many as there are.
    if (used === due) return
    await connection.run(`SET threads = ${due}`)
    used = due
  }
  return {
    want(connection, count = all) {
      wanted = count
      return apply(connection)
    },
    noteQuestion() {
      asked.push(now())
      if (asked.length > many) asked.shift()
    },
    apply,
    reset() {
      used = all
    },
  }
}

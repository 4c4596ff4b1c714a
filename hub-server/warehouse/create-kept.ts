import type { DuckDb } from './duckdb.ts'

/** Asks what has this name, by `read` unless its answer is kept and `fits`. */
export type AskKept<Answer> = (
  name: string,
  read: () => Promise<Answer>,
  fits?: (answer: Answer) => boolean,
) => Promise<Answer>

/** Those of a few hundred segments; beyond that the one goes that was kept for longest. */
const mostKept = 256

/**
 * Keeps answers in memory, each until one of the tables is written to that all of them are made of. Nobody gets one that was begun before a write
 * that they know of. Inside a transaction or a snapshot everything is read: what is true there may be true nowhere else.
 */
export function createKept<Answer>(
  duckdb: Pick<DuckDb, 'versionOf' | 'isInside'>,
  tables: readonly string[],
): AskKept<Answer> {
  const kept = new Map<string, { readonly version: string; readonly answer: Promise<Answer> }>()
  return async (name, read, fits = () => true) => {
    if (duckdb.isInside()) return read()
    const known = kept.get(name)
    if (known?.version === duckdb.versionOf(tables)) {
      const answer = await known.answer
      if (fits(answer)) return answer
    }
    // The version of before it is read: what is written meanwhile makes it an older one.
    const asked = { version: duckdb.versionOf(tables), answer: read() }
    kept.delete(name)
    kept.set(name, asked)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    try {
      return await asked.answer
    } catch (error) {
      if (kept.get(name) === asked) kept.delete(name)
      throw error
    }
  }
}

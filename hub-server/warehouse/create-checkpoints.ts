import { statSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'

/**
 * Checkpoints between what is written: the log is brought into the file. The engine leaves a row group for each, and merges small neighbours at
 * a later one: it rewrites a hundred thousand rows at a time, with all their texts.
 */
export interface Checkpoints {
  /** Merges a few. */
  whole(connection: DuckDBConnection): Promise<void>
  /** If the log has grown by some seconds of events; merges none. After a whole one at each call: merges some neighbours of each table, until none is left. */
  brief(connection: DuckDBConnection): Promise<void>
}

/** Thirty batches of a thousand events: a checkpoint of them takes a tenth of a second, one of eight times as many more than a second. */
const longLogBytes = 16_000_000

/** Row groups that the engine by itself merges at a checkpoint, of each table. */
const engineGroups = 100

/**
 * Those of a whole checkpoint. What a quarter of an hour of 2,000 events a second leaves took 5 to 12 s of processor time at once, while
 * nobody else writes.
 */
const wholeGroups = 8

/** A merge of some neighbours begins with one: 0.7 s for four of thirty batches each, of two tables, on one thread. */
const briefGroups = 1

/** Of the database in the file `path`. */
export function createCheckpoints(path: string): Checkpoints {
  /** Row groups that brief checkpoints left in a table, at most. */
  let small = 0
  let isMerging = false
  // The engine keeps its log beside the file.
  const isLogLong = (): boolean =>
    (statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0) > longLogBytes
  return {
    async whole(connection) {
      await checkpoint(connection, wholeGroups)
      // Of two at least one is done away with.
      small = Math.max(0, small - wholeGroups / 2)
      isMerging = small > 0
    },
    async brief(connection) {
      if (!isMerging && !isLogLong()) return
      await checkpoint(connection, isMerging ? briefGroups : 0)
      small += isMerging ? -1 : 1
      isMerging &&= small > 0
    },
  }
}

async function checkpoint(connection: DuckDBConnection, groups: number): Promise<void> {
  await connection.run(`SET max_vacuum_tasks = ${groups}`)
  try {
    await connection.run('CHECKPOINT')
  } finally {
    await connection.run(`SET max_vacuum_tasks = ${engineGroups}`)
  }
}

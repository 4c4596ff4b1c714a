import { availableParallelism } from 'node:os'
import type { MappingManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { createStageAhead, type FreshPage, type StageAhead } from './stage-ahead.ts'
import { planStreams } from './stream-plan.ts'

/** Pages of fewer new records are left to the refresh: starting threads for them would take longer. */
const aheadRecords = 1000

/**
 * Opens what stages ahead of the next refresh when the first large page of new records comes, and hands it to the refresh. In between
 * DuckDB keeps to one thread: reading and normalising have the other cores.
 */
export interface AheadKeeper {
  expect(mappings: readonly MappingManifest[]): void
  add(page: FreshPage, schema: ProfileSchema): Promise<void>
  /** Runs a refresh with what was staged. Meanwhile nothing is staged ahead: the refresh has the staging tables to itself. */
  hand<Report>(refresh: (ahead: StageAhead | undefined) => Promise<Report>): Promise<Report>
  /** Waits for what is under way and forgets it; afterwards nothing is staged ahead any more. */
  close(): Promise<void>
}

/** `threads`: as many as a refresh uses; one is left to what reads and writes. */
export function createAheadKeeper(duckdb: DuckDb, threads = availableParallelism()): AheadKeeper {
  const workers = Math.max(1, threads - 1)
  let expected: readonly MappingManifest[] = []
  let ahead: StageAhead | undefined
  let refreshing = false
  return {
    expect(mappings) {
      expected = mappings
    },
    async add(page, schema) {
      if (refreshing || page.count < aheadRecords) return
      if (!ahead) {
        ahead = createStageAhead({ duckdb, schema, plans: planStreams(expected, schema), workers })
        await duckdb.useThreads(1)
      }
      await ahead.add(page)
    },
    async hand(refresh) {
      const staged = ahead
      ahead = undefined
      refreshing = true
      try {
        if (staged) await duckdb.useThreads()
        return await refresh(staged)
      } finally {
        refreshing = false
      }
    },
    async close() {
      const staged = ahead
      ahead = undefined
      refreshing = true
      await staged?.settle([])
    },
  }
}

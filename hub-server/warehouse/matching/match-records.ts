import { joinByWeight, type Joined } from '../../../core/identity/join-by-weight.ts'
import type { MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { DuckDb } from '../duckdb.ts'
import { learnModel } from './learn-model.ts'
import { prepareLinkable, type CrowdedKey, type MatchSource } from './prepare-linkable.ts'
import { readScoredPairs, scorePairs } from './score-pairs.ts'

/** What matching found. The temporary tables `linkable` and `scored_pair` remain until `dropMatching`. */
export interface Matched {
  readonly records: number
  readonly model: MatchModel
  /** Candidate pairs that were heavy enough to be kept. */
  readonly pairs: number
  readonly crowded: readonly CrowdedKey[]
  readonly joined: Joined
}

/**
 * Finds the records of `source` that are one person, without labels. `model`: one that was learned before; without it one is learned from
 * these records.
 */
export async function matchRecords(
  duckdb: DuckDb,
  source: MatchSource,
  matching: Matching,
  model?: MatchModel,
): Promise<Matched> {
  return duckdb.transaction(async () => {
    const { records, crowded } = await prepareLinkable(duckdb, source, matching)
    const used = model ?? (await learnModel(duckdb, matching, records))
    await scorePairs(duckdb, matching, used)
    const pairs = await readScoredPairs(duckdb, records)
    const joined = joinByWeight(pairs, { threshold: matching.threshold, largest: matching.largest_profile })
    return { records, model: used, pairs: pairs.weight.length, crowded, joined }
  })
}

/** Temporary tables of matching. They would hold their memory. */
export async function dropMatching(duckdb: DuckDb): Promise<void> {
  for (const table of ['linkable', 'scored_pair', 'nickname'])
    await duckdb.run(`DROP TABLE IF EXISTS temp.${table}`)
}

import { joinByWeight, type Joined, type KeptApart } from '../../../core/identity/join-by-weight.ts'
import type { MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { DuckDb } from '../duckdb.ts'
import { learnModel } from './learn-model.ts'
import { prepareLinkable, type CrowdedKey, type Linkable, type MatchSource } from './prepare-linkable.ts'
import { readScoredPairs, scorePairs } from './score-pairs.ts'

/** What matching found. The temporary tables `linkable` and `scored_pair` remain until `dropMatching`. */
export interface Matched extends Linkable {
  readonly model: MatchModel
  /** Candidate pairs that were heavy enough to be kept. */
  readonly pairs: number
  readonly crowded: readonly CrowdedKey[]
  readonly joined: Joined
  /** Pairs at or above the threshold that were not joined, by position. */
  readonly heldBack: readonly { readonly x: number; readonly y: number; readonly weight: number }[]
  /** Milliseconds of each stage: prepare, learn, score, read, join. */
  readonly stages: Readonly<Record<string, number>>
}

export interface MatchRecordsOptions {
  /** One that was learned before; without it one is learned from these records. */
  readonly model?: MatchModel
  /** Called when all pairs are in `scored_pair`: takes out those that must not be joined, and returns them by position. */
  readonly beforeJoin?: () => Promise<readonly KeptApart[]>
}

/** Finds the records of `source` that are one person, without labels. */
export async function matchRecords(
  duckdb: DuckDb,
  source: MatchSource,
  matching: Matching,
  { model, beforeJoin }: MatchRecordsOptions = {},
): Promise<Matched> {
  return duckdb.transaction(async () => {
    const stages: Record<string, number> = {}
    const timed = async <T>(stage: string, work: () => T | Promise<T>): Promise<T> => {
      const startedAt = performance.now()
      const value = await work()
      stages[stage] = Math.round(performance.now() - startedAt)
      return value
    }
    const linkable = await timed('prepare', () => prepareLinkable(duckdb, source, matching))
    const { records, crowded } = linkable
    const used = model ?? (await timed('learn', () => learnModel(duckdb, matching, linkable)))
    await timed('score', () => scorePairs(duckdb, matching, used, linkable))
    const apart = (await beforeJoin?.()) ?? []
    const pairs = await timed('read', () => readScoredPairs(duckdb, records))
    const options = { threshold: matching.threshold, largest: matching.largest_profile, apart }
    const joined = await timed('join', () => joinByWeight(pairs, options))
    const heldBack = joined.heldBack.map((at) => ({
      x: pairs.left[at] ?? 0,
      y: pairs.right[at] ?? 0,
      weight: pairs.weight[at] ?? 0,
    }))
    const { codings } = linkable
    return { records, codings, model: used, pairs: pairs.weight.length, crowded, joined, heldBack, stages }
  })
}

/** Temporary tables of matching. They would hold their memory. */
export async function dropMatching(duckdb: DuckDb): Promise<void> {
  for (const table of ['linkable', 'scored_pair', 'nickname'])
    await duckdb.run(`DROP TABLE IF EXISTS temp.${table}`)
}

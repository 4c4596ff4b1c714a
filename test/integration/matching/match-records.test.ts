import { afterAll, describe, expect, it } from 'vitest'
import { startWeight } from '../../../core/identity/match-model.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { explainPair } from '../../../hub-server/warehouse/matching/explain-pair.ts'
import { weightSql } from '../../../hub-server/warehouse/matching/level-sql.ts'
import { dropMatching, matchRecords } from '../../../hub-server/warehouse/matching/match-records.ts'
import { weighedComparisons } from '../../../hub-server/warehouse/matching/score-pairs.ts'
import {
  halfOf,
  openLabelled,
  readFake1000,
  readFake1000Labels,
  readFebrl3,
  type LabelledRecords,
} from '../../support/labelled-records.ts'
import { bestPairwise, clusterF1 } from '../../support/linkage-quality.ts'

const open: DuckDb[] = []
afterAll(() => {
  for (const duckdb of open) duckdb.close()
})

async function match(records: LabelledRecords, model?: Awaited<ReturnType<typeof matchRecords>>['model']) {
  const { duckdb, source } = await openLabelled(records)
  open.push(duckdb)
  const matched = await matchRecords(duckdb, source, records.matching, model && { model })
  return { duckdb, matched, pairwise: await bestPairwise(duckdb, records.truth) }
}

/** Matched once for the tests that only look at the outcome. */
let fake1000: Promise<Awaited<ReturnType<typeof match>> & { records: LabelledRecords }> | undefined
const matchFake1000 = (): NonNullable<typeof fake1000> =>
  (fake1000 ??= readFake1000().then(async (records) => ({ ...(await match(records)), records })))

// The floors are FIGURES (a): the best pairwise F1 of Splink and of a plain Fellegi-Sunter, and the F1 of clusters.
describe('people who share no identifier', () => {
  it('are found in fake_1000 at least as well as by the best tool known, without labels', async () => {
    const { duckdb, records, matched, pairwise } = await matchFake1000()
    expect(pairwise.f1).toBeGreaterThanOrEqual(0.8816)
    const { f1 } = await bestPairwise(duckdb, records.truth, await readFake1000Labels())
    expect(f1).toBeGreaterThanOrEqual(0.9114)
    expect(clusterF1(records.truth, matched.joined.heads)).toBeGreaterThanOrEqual(0.905)
  })

  it('are found in febrl3 at least as well as by the best tool known, without labels', async () => {
    const records = await readFebrl3()
    const { matched, pairwise } = await match(records)
    expect(pairwise.f1).toBeGreaterThanOrEqual(0.9975)
    expect(clusterF1(records.truth, matched.joined.heads)).toBeGreaterThanOrEqual(0.9995)
  })

  it('are found as well in a half that the model never saw', async () => {
    const records = await readFebrl3()
    const [seen, heldBack] = [halfOf(records, 0), halfOf(records, 1)]
    const { matched } = await match(seen)
    const { threshold } = matched.joined
    const judged = await match({ ...heldBack, matching: { ...heldBack.matching, threshold } }, matched.model)
    expect(clusterF1(heldBack.truth, judged.matched.joined.heads)).toBeGreaterThanOrEqual(0.999)
  })

  it('are explained pair by pair: the parts add up to the weight', async () => {
    const { duckdb, matched, records } = await matchFake1000()
    const [pair] = await duckdb.all<{ x: number; y: number; weight: number }>(
      `SELECT x, y, weight FROM scored_pair ORDER BY weight DESC, x, y LIMIT 1`,
    )
    const explained = await explainPair(duckdb, { ...records, ...matched }, matched.model, {
      left: BigInt(pair?.x ?? 0),
      right: BigInt(pair?.y ?? 0),
    })
    const total = explained.parts.reduce((sum, { weight }) => sum + weight, explained.start)
    expect(total).toBeCloseTo(pair?.weight ?? Number.NaN, 2)
    expect(explained.parts.map(({ on }) => on)).toEqual(records.matching.compare.map(({ on }) => on))
  })

  it('are all found although slow comparisons are left aside where they cannot help', async () => {
    const { duckdb, matched, records } = await matchFake1000()
    const weights = weighedComparisons(records.matching, matched.model).map((one) =>
      weightSql(one, matched.codings),
    )
    const weight = [`${startWeight(matched.model)}::DOUBLE`, ...weights].join(' + ')
    const [row] = await duckdb.all<{ heavy: bigint; missed: bigint }>(
      `WITH heavy AS (SELECT l.position AS x, r.position AS y FROM linkable l JOIN linkable r
         ON l.position < r.position AND (l.value_dob = r.value_dob OR l.value_surname = r.value_surname) WHERE ${weight} >= -4.99)
       SELECT count(*) AS heavy, count(*) FILTER (s.x IS NULL) AS missed FROM heavy LEFT JOIN scored_pair s USING (x, y)`,
    )
    expect(row?.missed).toBe(0n)
    expect(row?.heavy).toBeGreaterThan(1000n)
  })

  it('are not compared by a value that too many hold, and the report says so', async () => {
    const { matched: before, records } = await matchFake1000()
    const matching = { ...records.matching, largest_key: 20 }
    const { matched } = await match({ ...records, matching }, before.model)
    expect(matched.crowded.length).toBeGreaterThan(0)
    expect(matched.crowded[0]?.records).toBeGreaterThan(20)
  })

  it('leave no temporary table behind', async () => {
    const { duckdb } = await matchFake1000()
    await dropMatching(duckdb)
    const rows = await duckdb.all(`SELECT table_name FROM duckdb_tables() WHERE temporary`)
    expect(rows).toEqual([])
  })
})

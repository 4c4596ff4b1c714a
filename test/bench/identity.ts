import { matchingSchema, type Matching } from '../../core/identity/matching.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { dropMatching, matchRecords } from '../../hub-server/warehouse/matching/match-records.ts'
import {
  halfOf,
  openLabelled,
  readFake1000,
  readFake1000Labels,
  readFebrl3,
  type LabelledRecords,
} from '../support/labelled-records.ts'
import { bestPairwise, clusterF1 } from '../support/linkage-quality.ts'
import { measureResolving } from './resolve.ts'

const round = (value: number): number => Number(value.toFixed(4))

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const startedAt = performance.now()
  const value = await work()
  return { ms: Math.round(performance.now() - startedAt), value }
}

/** Quality on people whose truth is known, learned and cut without looking at it; the held-back half is judged by the other half's model. */
async function quality(
  records: LabelledRecords,
  labelled?: ReadonlySet<string>,
): Promise<Record<string, unknown>> {
  const { duckdb, source } = await openLabelled(records)
  try {
    const { ms, value: matched } = await timed(() => matchRecords(duckdb, source, records.matching))
    const pairwise = await bestPairwise(duckdb, records.truth)
    return {
      ms,
      pairwiseF1: round(pairwise.f1),
      pairwiseWeight: round(pairwise.weight),
      ...(labelled && {
        labelledPairsF1: round((await bestPairwise(duckdb, records.truth, labelled)).f1),
      }),
      clusterF1: round(clusterF1(records.truth, matched.joined.heads)),
      threshold: round(matched.joined.threshold),
      heldBackHalfClusterF1: round(await heldBack(records)),
    }
  } finally {
    duckdb.close()
  }
}

async function heldBack(records: LabelledRecords): Promise<number> {
  const [seen, judged] = [halfOf(records, 0), halfOf(records, 1)]
  const first = await openLabelled(seen)
  const { model, joined } = await matchRecords(first.duckdb, first.source, seen.matching)
  first.duckdb.close()
  const second = await openLabelled(judged)
  const matching = { ...judged.matching, threshold: joined.threshold }
  const matched = await matchRecords(second.duckdb, second.source, matching, { model })
  second.duckdb.close()
  return clusterF1(judged.truth, matched.joined.heads)
}

const matching: Matching = matchingSchema.parse({
  compare: [
    { on: 'first_name', levels: ['exact', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }] },
    { on: 'last_name', levels: ['exact', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }] },
    { on: 'birthday', levels: ['exact', { damerau_levenshtein: 1 }, { damerau_levenshtein: 2 }] },
    { on: 'postcode', levels: ['exact', { same_start: 2 }] },
    { on: 'email', levels: ['exact', 'mailbox', { jaro_winkler: 0.92 }] },
  ],
  candidates: [
    ['email'],
    ['last_name', 'birthday'],
    ['first_name', 'last_name', 'postcode'],
    ['first_name', { on: 'birthday', start: 4 }],
    [
      { on: 'last_name', start: 5 },
      { on: 'postcode', start: 3 },
    ],
  ],
  certain: [['email'], ['first_name', 'last_name', 'birthday']],
  recall: 0.8,
  train: [['email'], ['last_name', 'birthday'], ['first_name', 'last_name', 'postcode']],
})

/**
 * `size` records of four fifths as many persons: every fifth record is an earlier person again, with a typo in the first or last
 * name, another mailbox or another postcode. Names follow a steep distribution, as real ones do.
 */
async function writePeople(duckdb: DuckDb, size: number): Promise<void> {
  await duckdb.run(`CREATE TABLE people AS
    WITH drawn AS (
      SELECT i AS id, CASE WHEN i % 5 = 4 THEN hash(i) % greatest(i, 1) ELSE i END AS person, i % 5 = 4 AS again FROM range(${size}) t(i)),
    described AS (
      SELECT id, again, person, hash(person, 1) AS a, hash(person, 2) AS b, hash(person, 3) AS c, hash(id, 4) AS d FROM drawn),
    spelled AS (
      SELECT *, list_aggregate(list_transform(range(3), lambda k: ['ma','ri','an','so','lu','ca','the','jo','el','ni','ka','ro','be','da','vi','le'][1 + ((pow((a % 10007) / 10007.0, 2) * 3000)::INTEGER // (16 ** k)::INTEGER) % 16]), 'string_agg', '') AS first_name,
        list_aggregate(list_transform(range(4), lambda k: ['mar','tin','ber','nard','du','bois','tho','mas','ro','bert','ri','chard','pe','tit','du','rand'][1 + ((pow((b % 1000003) / 1000003.0, 2) * 60000)::INTEGER // (16 ** k)::INTEGER) % 16]), 'string_agg', '') AS last_name
      FROM described)
    SELECT id::BIGINT AS id,
      CASE WHEN again AND d % 4 = 0 THEN left(first_name, 2) || substr(first_name, 4) ELSE first_name END AS first_name,
      CASE WHEN again AND d % 4 = 1 THEN left(last_name, 3) || 'x' || substr(last_name, 4) ELSE last_name END AS last_name,
      (DATE '1940-01-01' + (c % 25000)::INTEGER)::VARCHAR AS birthday,
      lpad(((CASE WHEN again AND d % 4 = 2 THEN d ELSE c END) % 95000)::VARCHAR, 5, '0') AS postcode,
      CASE WHEN again AND d % 2 = 0 THEN NULL ELSE first_name || '.' || person || '@mail.example' END AS email
    FROM spelled`)
}

/** What somebody would write by hand for the same comparisons and the same pairs, weights as numbers. */
const bareScoring = `
  CREATE OR REPLACE TEMP TABLE bare_scored AS
  SELECT c.x, c.y,
    CASE WHEN l.first_name IS NULL OR r.first_name IS NULL THEN 0 WHEN l.first_name = r.first_name THEN 6.1
      WHEN jaro_winkler_similarity(l.first_name, r.first_name) >= 0.92 THEN 4.2
      WHEN jaro_winkler_similarity(l.first_name, r.first_name) >= 0.8 THEN 2.3 ELSE -2.4 END
    + CASE WHEN l.last_name IS NULL OR r.last_name IS NULL THEN 0 WHEN l.last_name = r.last_name THEN 9.1
      WHEN jaro_winkler_similarity(l.last_name, r.last_name) >= 0.92 THEN 6.2
      WHEN jaro_winkler_similarity(l.last_name, r.last_name) >= 0.8 THEN 3.3 ELSE -2.5 END
    + CASE WHEN l.birthday IS NULL OR r.birthday IS NULL THEN 0 WHEN l.birthday = r.birthday THEN 11.1
      WHEN damerau_levenshtein(l.birthday, r.birthday) <= 1 THEN 5.2
      WHEN damerau_levenshtein(l.birthday, r.birthday) <= 2 THEN 2.3 ELSE -6.1 END
    + CASE WHEN l.postcode IS NULL OR r.postcode IS NULL THEN 0 WHEN l.postcode = r.postcode THEN 9.1
      WHEN left(l.postcode, 2) = left(r.postcode, 2) THEN 1.2 ELSE -2.1 END
    + CASE WHEN l.email IS NULL OR r.email IS NULL THEN 0 WHEN l.email = r.email THEN 12.1
      WHEN split_part(l.email, '@', 1) = split_part(r.email, '@', 1) THEN 8.2
      WHEN jaro_winkler_similarity(l.email, r.email) >= 0.92 THEN 4.3 ELSE -4.1 END - 17.3 AS weight
  FROM candidate c JOIN people l ON l.id = c.x JOIN people r ON r.id = c.y`

async function candidatePairs(duckdb: DuckDb): Promise<number> {
  await duckdb.run(`CREATE OR REPLACE TABLE candidate AS SELECT DISTINCT x, y FROM (
    SELECT l.id AS x, r.id AS y FROM people l JOIN people r ON l.email = r.email AND l.id < r.id
    UNION ALL SELECT l.id, r.id FROM people l JOIN people r ON l.last_name = r.last_name AND l.birthday = r.birthday AND l.id < r.id
    UNION ALL SELECT l.id, r.id FROM people l JOIN people r
      ON l.first_name = r.first_name AND l.last_name = r.last_name AND l.postcode = r.postcode AND l.id < r.id
    UNION ALL SELECT l.id, r.id FROM people l JOIN people r
      ON l.first_name = r.first_name AND left(l.birthday, 4) = left(r.birthday, 4) AND l.id < r.id
    UNION ALL SELECT l.id, r.id FROM people l JOIN people r
      ON left(l.last_name, 5) = left(r.last_name, 5) AND left(l.postcode, 3) = left(r.postcode, 3) AND l.id < r.id)`)
  const row = await duckdb.one<{ pairs: bigint }>(`SELECT count(*) AS pairs FROM candidate`)
  return Number(row?.pairs ?? 0)
}

async function probabilistic(size: number): Promise<Record<string, unknown>> {
  const duckdb = await openDuckDb({ path: ':memory:', memoryLimitMb: 3000 })
  try {
    await writePeople(duckdb, size)
    const source = { sql: 'FROM people', columnOf: (name: string): string => name }
    const ours = await timed(() => matchRecords(duckdb, source, matching))
    await dropMatching(duckdb)
    const pairs = await candidatePairs(duckdb)
    const bare = await timed(() => duckdb.run(bareScoring))
    return {
      records: size,
      candidates: pairs,
      stages: ours.value.stages,
      ms: ours.ms,
      bareScoringMs: bare.ms,
      ratio: round(ours.ms / bare.ms),
      scoringRatio: round((ours.value.stages['score'] ?? 0) / bare.ms),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    duckdb.close()
  }
}

/** Records with identifiers for each record without: 10,000,000 for 1,000,000. */
const recordsByIdentifier = 10

/** Who is who without a common identifier, and with one: quality on labelled people, and `size` generated records against scoring SQL by hand. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  return {
    fake_1000: await quality(await readFake1000(), await readFake1000Labels()),
    febrl3: await quality(await readFebrl3()),
    probabilistic: await probabilistic(size),
    deterministic: await measureResolving(size * recordsByIdentifier),
  }
}

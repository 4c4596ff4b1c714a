/**
 * Segments: one rule, and fifty together, compiled from rules against handwritten DuckDB SQL for the same questions. Both sides run on
 * the same tables in turns, and must find the same members.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileRule } from '../../core/segment/compile-rule.ts'
import type { Rule } from '../../core/segment/rule.ts'
import type { CompileContext } from '../../core/segment/to-formula.ts'
import { duckdbDialect } from '../../core/sql/dialects/duckdb.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../hub-server/warehouse/segment-store.ts'
import { toDuckDb } from '../../hub-server/warehouse/segment/bound-values.ts'
import { countMembers } from '../../hub-server/warehouse/segment/count-members.ts'
import { fillEvaluationTables } from '../../hub-server/warehouse/segment/evaluation-tables.ts'
import { warehouseCatalogue } from '../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import {
  benchAsOf,
  benchSchema,
  fiftyQuestions,
  manyQuestions,
  singleQuestions,
  type Question,
} from './segment-questions.ts'

const compileContext: CompileContext = {
  schema: benchSchema,
  catalogue: warehouseCatalogue,
  dialect: duckdbDialect,
  asOf: benchAsOf,
}

/** Runs on `size` profiles and five times as many events. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb') })
  try {
    await prepareTables(duckdb, benchSchema)
    await fillTables(duckdb, size)
    return {
      profiles: size,
      events: size * 5,
      one: await benchOne(duckdb),
      fifty: await benchFifty(duckdb),
      twoHundred: await benchMany(duckdb),
    }
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true })
  }
}

/** The order in which events lie, in SQL. */
export const eventOrders = {
  /** As they happened: each came live. */
  live: 'time',
  /** As a hub writes what it pulls, each pull in the order of people: the first brings all but the last month, then one comes each day. */
  pulled: `CASE WHEN time >= TIMESTAMP '2026-05-01' THEN date_trunc('day', time) END NULLS FIRST, person`,
} as const

export interface FillOptions {
  readonly eventsEach?: number
  readonly order?: keyof typeof eventOrders
  /** How far ids of profiles are apart: people who are known from three records each have every third. */
  readonly idStep?: number
}

/** Made data, the same at every run: uneven activity (few people with many events). */
export async function fillTables(
  duckdb: DuckDb,
  size: number,
  { eventsEach = 5, order = 'live', idStep = 1 }: FillOptions = {},
): Promise<void> {
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, trait_country, trait_age, trait_vip, trait_signup, consent_ads__email)
     SELECT ${idStep} * i, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', ['FR', 'DE', 'US', 'GB', 'ES', 'IT', NULL][1 + (hash(i) % 7)::INT],
       18 + hash(i * 3) % 60, hash(i * 7) % 2 = 0,
       TIMESTAMP '2024-01-01' + INTERVAL 1 SECOND * (hash(i * 11) % (86400 * 880))::INT,
       CASE hash(i * 13) % 3 WHEN 0 THEN 'granted' WHEN 1 THEN 'denied' END
     FROM range(1, ${size + 1}) t(i)`,
  )
  await duckdb.run(
    `INSERT INTO event (message_id, record_id, profile_id, name, time, received_at, property_amount, property_campaign)
     SELECT 'm' || i, ${idStep} * person, ${idStep} * person, name, time, time,
       CASE WHEN name = 'purchase' THEN (hash(i * 17) % 20000) / 100.0 END,
       CASE WHEN name IN ('open', 'click') THEN 'c' || (hash(i * 19) % 20) END
     FROM (
       SELECT i, 1 + (pow((hash(i) % 1000000) / 1e6, 1.5) * ${size})::BIGINT % ${size} AS person,
         ['view', 'view', 'view', 'view', 'open', 'open', 'open', 'purchase', 'click', 'cart'][1 + (hash(i * 5) % 10)::INT] AS name,
         TIMESTAMP '2026-06-01' - INTERVAL 1 SECOND * (hash(i * 3) % (86400 * 730))::INT AS time
       FROM range(${size * eventsEach}) t(i)
     ) ORDER BY ${eventOrders[order]}`,
  )
  await duckdb.checkpoint()
}

async function benchOne(duckdb: DuckDb): Promise<Record<string, unknown>> {
  const figures: Record<string, { compiledMs: number; handwrittenMs: number; ratio: number }> = {}
  for (const [name, { rule, sql }] of Object.entries(singleQuestions)) {
    const compiled = toDuckDb(compileRule(rule, compileContext))
    const sides = [
      () => duckdb.run(`CREATE OR REPLACE TEMP TABLE ids_0 AS ${compiled.text}`, compiled.params),
      () =>
        duckdb.run(`CREATE OR REPLACE TEMP TABLE ids_1 AS SELECT p.profile_id FROM profile p WHERE ${sql}`),
    ]
    const [compiledMs, handwrittenMs] = await medians(sides, 9)
    await assertSame(duckdb, `SELECT * FROM ids_0`, `SELECT * FROM ids_1`)
    figures[name] = toFigures(compiledMs, handwrittenMs)
  }
  const sum = (key: 'compiledMs' | 'handwrittenMs'): number =>
    Object.values(figures).reduce((total, figure) => total + figure[key], 0)
  return { ...figures, together: toFigures(sum('compiledMs'), sum('handwrittenMs')) }
}

/**
 * Fifty segments in two ways. `found`: their members are found and counted, fifty compiled rules together against fifty handwritten
 * queries one by one. `stored`: the product's whole path (memberships compared, written and counted in one transaction) against fifty
 * handwritten INSERTs in one transaction, both into an empty table of the same columns; the writing of the same rows weighs on both.
 * `unchanged`: the whole path again when nothing changed, which is what a hub does most of the time.
 */
async function benchFifty(duckdb: DuckDb): Promise<Record<string, unknown>> {
  const store = createSegmentStore(duckdb, benchSchema)
  const segments = toSegments(fiftyQuestions)
  const found = await medians(
    [() => countTogether(duckdb, segments), () => countByHand(duckdb, fiftyQuestions)],
    5,
  )
  const sides = [() => store.evaluate(segments, benchAsOf), () => insertByHand(duckdb, fiftyQuestions)]
  const stored = await medians(sides, 3, () => emptyTables(duckdb))
  await assertSame(
    duckdb,
    `SELECT segment, profile_id FROM membership WHERE exited_at IS NULL`,
    `SELECT segment, profile_id FROM handwritten`,
  )
  const members = await duckdb.one<{ n: bigint }>(`SELECT count(*) AS n FROM handwritten`)
  const [unchangedMs] = await medians([() => store.evaluate(segments, benchAsOf)], 3)
  return {
    found: toFigures(found[0], found[1]),
    stored: toFigures(stored[0], stored[1]),
    unchangedMs: round(unchangedMs),
    members: Number(members?.n),
  }
}

/** Two hundred segments found and counted, together against two hundred handwritten queries. */
async function benchMany(duckdb: DuckDb): Promise<Record<string, unknown>> {
  const found = await medians(
    [() => countTogether(duckdb, toSegments(manyQuestions)), () => countByHand(duckdb, manyQuestions)],
    3,
  )
  const together = await countTogether(duckdb, toSegments(manyQuestions))
  const byHand = await countByHand(duckdb, manyQuestions)
  for (const [index, count] of byHand.entries())
    if (together.get(`segment-${index}`) !== count)
      throw new Error(`segment-${index} has other members by hand`)
  return { found: toFigures(found[0], found[1]) }
}

const toSegments = (questions: readonly Question[]): ReadonlyMap<string, Rule> =>
  new Map(questions.map(({ rule }, index) => [`segment-${index}`, rule]))

async function countTogether(
  duckdb: DuckDb,
  segments: ReadonlyMap<string, Rule>,
): Promise<ReadonlyMap<string, number>> {
  return duckdb.dryRun(async () => {
    const tables = await fillEvaluationTables(duckdb, segments, compileContext)
    return countMembers(duckdb, tables)
  })
}

async function countByHand(duckdb: DuckDb, questions: readonly Question[]): Promise<number[]> {
  const counts: number[] = []
  for (const { sql } of questions) {
    const row = await duckdb.one<{ n: bigint }>(`SELECT count(*) AS n FROM profile p WHERE ${sql}`)
    counts.push(Number(row?.n ?? 0n))
  }
  return counts
}

/** New tables instead of deleted rows: DuckDB keeps deleted rows for a while, and later rounds would pay for earlier ones. */
async function emptyTables(duckdb: DuckDb): Promise<void> {
  await duckdb.run('DROP TABLE membership')
  await prepareTables(duckdb, benchSchema)
  await duckdb.run('CREATE OR REPLACE TABLE handwritten AS FROM membership LIMIT 0')
  await duckdb.checkpoint()
}

async function insertByHand(duckdb: DuckDb, questions: readonly Question[]): Promise<void> {
  await duckdb.transaction(async () => {
    for (const [index, { sql }] of questions.entries())
      await duckdb.run(
        `INSERT INTO handwritten (segment, profile_id, entered_at)
         SELECT 'segment-${index}', p.profile_id, TIMESTAMP '2026-06-01' FROM profile p WHERE ${sql}`,
      )
  })
}

/** Median milliseconds of each side; the sides take turns, so that a slow moment of the machine meets both. */
export async function medians(
  sides: readonly (() => Promise<unknown>)[],
  rounds: number,
  before: () => Promise<void> = async () => {},
): Promise<number[]> {
  const times = sides.map((): number[] => [])
  for (let run = 0; run <= rounds; run += 1) {
    await before()
    for (const [index, side] of sides.entries()) {
      const startedAt = performance.now()
      await side()
      // The first round warms caches up and is not counted.
      if (run > 0) times[index]?.push(performance.now() - startedAt)
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN)
}

export async function assertSame(duckdb: DuckDb, left: string, right: string): Promise<void> {
  const row = await duckdb.one<{ n: bigint }>(
    `SELECT count(*) AS n FROM ((${left} EXCEPT ALL ${right}) UNION ALL (${right} EXCEPT ALL ${left}))`,
  )
  if (row?.n !== 0n) throw new Error(`the two sides differ in ${row?.n} members`)
}

export function toFigures(
  compiledMs = Number.NaN,
  handwrittenMs = Number.NaN,
): {
  compiledMs: number
  handwrittenMs: number
  ratio: number
} {
  return {
    compiledMs: round(compiledMs),
    handwrittenMs: round(handwrittenMs),
    ratio: Math.round((compiledMs / handwrittenMs) * 1000) / 1000,
  }
}

function round(ms = Number.NaN): number {
  return Math.round(ms * 10) / 10
}

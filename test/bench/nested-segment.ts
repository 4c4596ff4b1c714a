/**
 * One nested rule (a trait and a consent, more than 100 spent in 30 days, nothing opened in 7 days) over ten million people: its members
 * found by the compiled rule and by handwritten SQL in turns, and the most memory that the process took for it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileRule } from '../../core/segment/compile-rule.ts'
import { duckdbDialect } from '../../core/sql/dialects/duckdb.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { toDuckDb } from '../../hub-server/warehouse/segment/bound-values.ts'
import { warehouseCatalogue } from '../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { benchAsOf, benchSchema, singleQuestions } from './segment-questions.ts'
import { assertSame, fillTables, medians, toFigures } from './segments.ts'

/** Runs on `size` profiles and five times as many events. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const path = join(folder, 'warehouse.duckdb')
  try {
    await fill(path, size)
    // Opened anew, with the memory that a hub has without being told otherwise.
    const duckdb = await openDuckDb({ path })
    try {
      return { profiles: size, events: size * 5, ...(await compare(duckdb)) }
    } finally {
      duckdb.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function fill(path: string, size: number): Promise<void> {
  const duckdb = await openDuckDb({ path, memoryLimitMb: 3000 })
  await prepareTables(duckdb, benchSchema)
  await fillTables(duckdb, size)
  duckdb.close()
}

async function compare(duckdb: DuckDb): Promise<Record<string, unknown>> {
  const question = singleQuestions['spent_and_not_opened']
  if (!question) throw new Error('there is no such question')
  const { text, params } = toDuckDb(
    compileRule(question.rule, {
      schema: benchSchema,
      catalogue: warehouseCatalogue,
      dialect: duckdbDialect,
      asOf: benchAsOf,
    }),
  )
  const sides = [
    () => duckdb.run(`CREATE OR REPLACE TEMP TABLE ids_0 AS ${text}`, params),
    () =>
      duckdb.run(
        `CREATE OR REPLACE TEMP TABLE ids_1 AS SELECT p.profile_id FROM profile p WHERE ${question.sql}`,
      ),
  ]
  const [compiledMs, handwrittenMs] = await medians(sides, 7)
  await assertSame(duckdb, `SELECT * FROM ids_0`, `SELECT * FROM ids_1`)
  const members = await duckdb.one<{ n: bigint }>(`SELECT count(*) AS n FROM ids_0`)
  return {
    nested: toFigures(compiledMs, handwrittenMs),
    members: Number(members?.n),
    mostMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

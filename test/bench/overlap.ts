/**
 * Overlap of twenty segments, and of sixty-three over a tenth of the people, against one handwritten aggregate over the same memberships: bits of a person, people
 * by their bits. Both sides run in turns on the same file and must find the same people.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { evaluationStateTables } from '../../hub-server/warehouse/segment/evaluation-state.ts'
import { overlapSegments } from '../../hub-server/warehouse/segment/overlap.ts'

const rounds = 3

/** Runs over `size` people. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 2000 })
  try {
    const twenty = await fillMemberships(duckdb, size, 20)
    const figures = { people: size, twenty: await compare(duckdb, twenty) }
    const more = await fillMemberships(duckdb, Math.ceil(size / 10), 63)
    return { ...figures, sixtyThree: await compare(duckdb, more) }
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true })
  }
}

/**
 * Made data, the same at every run. Every segment is drawn by itself, so that nearly every combination occurs: more patterns than real
 * segments make. A person is in about five of twenty, twelve of sixty-three; one membership in ten has ended.
 */
async function fillMemberships(duckdb: DuckDb, size: number, count: number): Promise<readonly string[]> {
  await duckdb.run(
    `CREATE OR REPLACE TABLE membership (
       segment VARCHAR NOT NULL, profile_id BIGINT NOT NULL, entered_at TIMESTAMP NOT NULL, exited_at TIMESTAMP)`,
  )
  for (const statement of evaluationStateTables) await duckdb.run(statement)
  const names = Array.from({ length: count }, (_, place) => `segment-${place}`)
  for (const [place, name] of names.entries()) {
    const perMille = Math.round((100 + place * 16) * (20 / count))
    await duckdb.run(
      `INSERT INTO membership (segment, profile_id, entered_at, exited_at)
       SELECT '${name}', i, TIMESTAMP '2026-01-01', CASE WHEN hash(i * 31 + ${place}) % 10 = 0 THEN TIMESTAMP '2026-02-01' END
       FROM range(1, ${size + 1}) t(i) WHERE hash(i * 67 + ${place}) % 1000 < ${perMille}`,
    )
  }
  await duckdb.checkpoint()
  return names
}

/** The aggregate that somebody would write by hand who knows the engine. Gives the patterns and their people. */
function handwritten(names: readonly string[]): string {
  const cases = names.map((name, place) => `WHEN '${name}' THEN ${1n << BigInt(place)}`).join(' ')
  return `SELECT count(*) AS patterns, sum(people)::BIGINT AS people FROM (
      SELECT bits, count(*) AS people FROM (
        SELECT bit_or(CASE segment ${cases} ELSE 0 END::BIGINT) AS bits FROM membership
        WHERE exited_at IS NULL GROUP BY profile_id
      ) GROUP BY bits
    )`
}

async function compare(duckdb: DuckDb, names: readonly string[]): Promise<Record<string, unknown>> {
  const times = { overlap: [] as number[], handwritten: [] as number[] }
  let combinations = 0
  for (let round = 0; round < rounds; round += 1) {
    const [found, overlapMs] = await timed(() => overlapSegments(duckdb, names, { combinations: 20 }))
    const [expected, handwrittenMs] = await timed(() =>
      duckdb.one<{ patterns: bigint; people: bigint }>(handwritten(names)),
    )
    combinations = found.combinations.length + found.combinationsLeftOut
    if (Number(expected?.people) !== found.people || Number(expected?.patterns) !== combinations)
      throw new Error('the two sides found different people')
    times.overlap.push(overlapMs)
    times.handwritten.push(handwrittenMs)
  }
  const overlapMs = Math.min(...times.overlap)
  const handwrittenMs = Math.min(...times.handwritten)
  return {
    segments: names.length,
    combinations,
    overlapMs,
    handwrittenMs,
    ratio: Math.round((overlapMs / handwrittenMs) * 100) / 100,
    allMs: times,
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  const value = await work()
  return [value, Math.round(performance.now() - started)]
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BIGINT } from '@duckdb/node-api'
import { z } from 'zod'
import { identityManifest } from '../../core/manifest/manifest.ts'
import { profileSchemaShape } from '../../core/profile/profile-schema.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { compileIdentity } from '../../hub-server/warehouse/identity/identity-rules.ts'
import { bringIn, dropScratchTables } from '../../hub-server/warehouse/profile/refresh.ts'
import { resolveIdentity } from '../../hub-server/warehouse/profile/resolve-identity.ts'
import { createStagingTables } from '../../hub-server/warehouse/profile/stage-block.ts'
import { stagePeople } from '../../hub-server/warehouse/profile/stage-people.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { createFixedClock } from '../support/fixed-clock.ts'

const schema = z.strictObject(profileSchemaShape).parse({
  traits: { first_name: { type: 'text' } },
  identifiers: { customer_id: { form: 'exact' }, email: { form: 'email' }, phone: { form: 'phone' } },
})

const rules = compileIdentity(
  identityManifest.parse({
    kind: 'identity',
    version: 1,
    name: 'people',
    order: ['customer_id', 'email', 'phone'],
    identifiers: {
      email: { limit: 5, blocked: ['info@*', 'test@test.com'] },
      phone: { limit: 3, shared_by: 20 },
    },
  }),
  schema,
)

const clock = createFixedClock('2026-01-01T00:00:00Z')

/** How many records are added to those that are resolved already, and how often. */
const addedRecords = 10_000
const additions = 5

/** Two records in five are an earlier person again, known by some of their identifiers; one in a hundred thousand has a desk's phone. */
async function stagePersons(duckdb: DuckDb, from: number, records: number): Promise<void> {
  await createStagingTables(duckdb, schema, [])
  await duckdb.run(`INSERT INTO staged_record BY NAME
    WITH drawn AS (
      SELECT i AS record_id, CASE WHEN hash(i) % 5 < 2 THEN hash(i, 1) % i ELSE i END AS person, hash(i, 2) AS h FROM range(${from}, ${from + records}) t(i))
    SELECT record_id, 'name' || person % 5000 AS trait_first_name,
      CASE WHEN h % 10 < 6 THEN 'c' || person END AS identifier_customer_id,
      CASE WHEN h % 100000 = 7 THEN 'info@shop.example' WHEN h // 10 % 10 < 8 THEN 'person' || person || '@mail.example' END AS identifier_email,
      CASE WHEN h % 100000 = 3 THEN '+33142685300' WHEN h // 100 % 10 < 5 THEN '+336' || lpad(person::VARCHAR, 8, '0') END AS identifier_phone,
      true AS is_person
    FROM drawn`)
  await duckdb.run(`INSERT INTO source_record BY NAME
    SELECT record_id, 'shop' AS connection, 'contacts' AS stream, record_id::VARCHAR AS external_id, false AS deleted, '{}' AS fields,
      'run' AS run_id, TIMESTAMP '2026-01-01' AS received_at, record_id::UBIGINT AS key_hash, record_id AS change_id FROM staged_record`)
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const startedAt = performance.now()
  const value = await work()
  return { ms: Math.round(performance.now() - startedAt), value }
}

/** What somebody would write by hand: one join for each kind, a union-find in typed arrays, and the labels back in a table. */
async function byHand(duckdb: DuckDb, records: number): Promise<number> {
  const parent = Int32Array.from({ length: records + 1 }, (_, record) => record)
  const rootOf = (record: number): number => {
    let at = record
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at
      at = parent[at] ?? at
    }
    return at
  }
  for (const kind of ['customer_id', 'email', 'phone']) {
    const column = `identifier_${kind}`
    const edges = duckdb.stream<{ a: bigint; b: bigint }>(
      `SELECT s.record_id AS a, f.first AS b FROM staged_record s
       JOIN (SELECT ${column}, min(record_id) AS first FROM staged_record WHERE ${column} IS NOT NULL GROUP BY ${column}
         HAVING count(*) BETWEEN 2 AND 20) f USING (${column}) WHERE s.record_id <> f.first`,
    )
    for await (const rows of edges) {
      for (const { a, b } of rows) {
        const [left, right] = [rootOf(Number(a)), rootOf(Number(b))]
        parent[Math.max(left, right)] = Math.min(left, right)
      }
    }
  }
  await duckdb.run(`CREATE TEMP TABLE hand_label (record_id BIGINT, profile_id BIGINT)`)
  const block = 1_000_000
  let profiles = 0
  for (let from = 1; from <= records; from += block) {
    const ids = Array.from({ length: Math.min(block, records + 1 - from) }, (_, at) => from + at)
    const roots = ids.map(rootOf)
    profiles += roots.filter((root, at) => root === ids[at]).length
    await duckdb.append('hand_label', {
      types: [BIGINT, BIGINT],
      columns: [ids.map(BigInt), roots.map(BigInt)],
    })
  }
  await duckdb.run(`DROP TABLE temp.hand_label`)
  return profiles
}

/** Who is who by identifiers, against the same by hand; then what a few more records cost, each time and in the median. */
export async function measureResolving(records: number): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 3000 })
  try {
    await prepareTables(duckdb, schema)
    await stagePersons(duckdb, 1, records)
    const hand = await timed(() => duckdb.transaction(() => byHand(duckdb, records)))
    await stagePeople(duckdb)
    // In a transaction that is undone: the whole work below does it again, with what comes after.
    const resolve = await duckdb.dryRun(() => timed(() => resolveIdentity(duckdb, schema, rules)))
    const context = { duckdb, clock, schema, rules }
    const all = await timed(() => duckdb.transaction(() => bringIn(context)))
    await dropScratchTables(duckdb)
    await duckdb.checkpoint()
    const addedMs: number[] = []
    for (let from = records + 1; addedMs.length < additions; from += addedRecords) {
      await stagePersons(duckdb, from, addedRecords)
      addedMs.push((await timed(() => duckdb.transaction(() => bringIn(context)))).ms)
      await dropScratchTables(duckdb)
    }
    const shareOf = (ms: number): number => Number((ms / all.ms).toFixed(4))
    return {
      records,
      profiles: all.value.profilesCreated,
      profilesByHand: hand.value,
      resolveMs: resolve.ms,
      byHandMs: hand.ms,
      ratio: Number((resolve.ms / hand.ms).toFixed(2)),
      withProfilesMs: all.ms,
      addedRecords,
      // The first reads what it needs from the file: the load and its checkpoint pushed it out of memory.
      addedMs,
      firstAddedShare: shareOf(addedMs[0] ?? Number.NaN),
      addedShare: shareOf(addedMs.toSorted((a, b) => a - b)[Math.floor(additions / 2)] ?? Number.NaN),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true, force: true })
  }
}

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeliveryStore } from '../../hub-server/warehouse/delivery-store.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../hub-server/warehouse/suppression/digest.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { aDeliverSync, aDestination, aProfileSchema } from '../support/a-delivery-workspace.ts'

/** The same question by hand: the desired rows against what was delivered, and the rows that differ. */
const bareSql = `CREATE OR REPLACE TEMP TABLE bare AS
  WITH desired AS (
    SELECT profile_id, to_json({email: identifier_email, name: trait_first_name}) AS fields
    FROM profile WHERE consent_marketing__ads = 'granted'
      AND profile_id IN (SELECT profile_id FROM membership WHERE segment = 'big' AND exited_at IS NULL)
  )
  SELECT coalesce(s.profile_id, d.profile_id) AS profile_id, s.fields, d.fields AS old_fields,
    CASE WHEN d.profile_id IS NULL THEN 'add' WHEN s.profile_id IS NULL THEN 'remove' ELSE 'update' END AS operation
  FROM desired s FULL JOIN (SELECT * FROM delivery WHERE sync = 'big-to-crm') d ON d.profile_id = s.profile_id
  WHERE d.fields IS DISTINCT FROM s.fields`

/** `size` desired rows against as many delivered ones, one in a hundred of which differ. Ratio of our plan to the bare SQL. */
export async function bench(options: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-diff-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 1000 })
  try {
    await prepareTables(duckdb, aProfileSchema)
    await fill(duckdb, options.size)
    const store = createDeliveryStore(duckdb, aProfileSchema, createIdentifierDigest(new Uint8Array(32)))
    const request = { sync: aDeliverSync(), destination: aDestination({ recordsPerBatch: 10_000 }), asOf: 0 }
    const bareMs: number[] = []
    const planMs: number[] = []
    let plan = await store.plan({ ...request, runId: 'warm-up' })
    for (let round = 0; round < 3; round += 1) {
      bareMs.push(await timed(async () => void (await duckdb.run(bareSql))))
      planMs.push(
        await timed(async () => {
          plan = await store.plan({ ...request, runId: `round-${round}` })
        }),
      )
    }
    const [bare, planned] = [Math.min(...bareMs), Math.min(...planMs)]
    return {
      size: options.size,
      adds: plan.adds,
      updates: plan.updates,
      removes: plan.removes,
      unchanged: plan.unchanged,
      bareMs: Math.round(bare),
      planMs: Math.round(planned),
      ratio: Number((planned / bare).toFixed(2)),
    }
  } finally {
    duckdb.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function fill(duckdb: DuckDb, size: number): Promise<void> {
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, trait_first_name, identifier_email, consent_marketing__ads)
    SELECT i, '2026-01-01', '2026-01-01', 'Name ' || (i % 5000), 'person' || i || '@example.com', 'granted'
    FROM range($1::BIGINT) t(i)`,
    [size],
  )
  await duckdb.run(
    `INSERT INTO membership BY NAME SELECT 'big' AS segment, i AS profile_id, TIMESTAMP '2026-01-01' AS entered_at FROM range($1::BIGINT) t(i) WHERE i % 300 <> 0`,
    [size],
  )
  await duckdb.run(
    `INSERT INTO delivery BY NAME
    WITH row AS (
      SELECT i AS profile_id, '{"email":"person' || i || '@example.com","name":"Name ' || (i % 5000 + (i % 300 = 1)::INT) || '"}' AS fields
      FROM range($1::BIGINT) t(i) WHERE i % 300 <> 2
    )
    SELECT 'big-to-crm' AS sync, profile_id, 'applied' AS status, 'add' AS operation, true AS held,
      md5_number_lower(fields) AS row_hash, 'k' || profile_id AS key, fields, 'run-0' AS run_id, TIMESTAMP '2026-01-01' AS acknowledged_at
    FROM row`,
    [size],
  )
  await duckdb.checkpoint()
}

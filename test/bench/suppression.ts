import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeliveryStore } from '../../hub-server/warehouse/delivery-store.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../hub-server/warehouse/suppression/digest.ts'
import { createSuppressionList } from '../../hub-server/warehouse/suppression/suppression-list.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { aDeliverSync, aDestination, aProfileSchema } from '../support/a-delivery-workspace.ts'

/** One member in so many is on the list. */
const memberEvery = 1000

/**
 * A plan over `size` members, each with an e-mail address and a phone number, without a suppression list and with one of `size`
 * identifiers, nearly all of them strangers'. Ratio of the two, and what it takes to put the list in.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-suppression-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 1000 })
  try {
    await prepareTables(duckdb, aProfileSchema)
    await fill(duckdb, size)
    const digest = createIdentifierDigest(new Uint8Array(32))
    const store = createDeliveryStore(duckdb, aProfileSchema, digest)
    const request = { sync: aDeliverSync(), destination: aDestination({ recordsPerBatch: 10_000 }), asOf: 0 }
    const plan = async (name: string) => {
      const [times, plans] = [[Number.NaN], [await store.plan({ ...request, runId: `${name}-warm-up` })]]
      for (let round = 0; round < 3; round += 1)
        times.push(
          await timed(
            async () => void plans.push(await store.plan({ ...request, runId: `${name}-${round}` })),
          ),
        )
      return { ms: Math.min(...times.slice(1)), plan: plans.at(-1) }
    }
    const open = await plan('open')
    const list = createSuppressionList({ duckdb, digest, schema: aProfileSchema })
    const entry = { reason: 'opposition list', actor: 'bench', at: 0 }
    const values = Array.from({ length: size }, (_, at) =>
      at % memberEvery === 0 ? `person${at}@example.com` : `stranger${at}@example.org`,
    )
    const importMs = await timed(async () => void (await list.add(values, entry)))
    await duckdb.checkpoint()
    const suppressed = await plan('suppressed')
    return {
      members: size,
      listed: size,
      importSeconds: Number((importMs / 1000).toFixed(1)),
      planWithoutListMs: Math.round(open.ms),
      planWithListMs: Math.round(suppressed.ms),
      ratio: Number((suppressed.ms / open.ms).toFixed(2)),
      takenOff: suppressed.plan?.removes,
      membersOnTheList: Math.ceil(size / memberEvery),
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

/** Everybody is a member, allowed to be sent, and delivered as they are. */
async function fill(duckdb: DuckDb, size: number): Promise<void> {
  const person = `'person' || i || '@example.com' AS identifier_email, '+336' || lpad(i::VARCHAR, 8, '0') AS identifier_phone,
    'Name ' || (i % 5000) AS trait_first_name, 'granted' AS consent_marketing__ads`
  const at = `TIMESTAMP '2026-01-01'`
  await duckdb.run(
    `INSERT INTO profile BY NAME SELECT i AS profile_id, ${at} AS created_at, ${at} AS updated_at, ${person} FROM range($1::BIGINT) t(i)`,
    [size],
  )
  await duckdb.run(
    `INSERT INTO record_trait BY NAME SELECT i AS record_id, i AS profile_id, 'crm' AS connection, 'people' AS stream, ${at} AS version_at,
      false AS deleted, '' AS run_id, ${person} FROM range($1::BIGINT) t(i)`,
    [size],
  )
  await duckdb.run(
    `INSERT INTO membership BY NAME SELECT 'big' AS segment, i AS profile_id, ${at} AS entered_at FROM range($1::BIGINT) t(i)`,
    [size],
  )
  await duckdb.run(
    `INSERT INTO delivery BY NAME
    WITH row AS (
      SELECT i AS profile_id, '{"email":"person' || i || '@example.com","name":"Name ' || (i % 5000) || '"}' AS fields
      FROM range($1::BIGINT) t(i))
    SELECT 'big-to-crm' AS sync, profile_id, 'applied' AS status, 'add' AS operation, true AS held,
      md5_number_lower(fields) AS row_hash, 'k' || profile_id AS key, fields, 'run-0' AS run_id, ${at} AS acknowledged_at FROM row`,
    [size],
  )
  await duckdb.checkpoint()
}

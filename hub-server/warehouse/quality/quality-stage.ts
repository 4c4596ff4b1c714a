import { createHash } from 'node:crypto'
import { withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import type { MappingManifest, QualityManifest } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { isLearned } from '../../../core/quality/value-check.ts'
import type { DuckDb } from '../duckdb.ts'
import { traitColumn } from '../tables.ts'
import { findTarget } from './check-target.ts'
import { findFaults, type CheckRun } from './find-faults.ts'
import { holdBack } from './hold-back.ts'
import { keepProfile } from './stream-profile.ts'
import { listStreams } from './stream-targets.ts'
import { takeAction } from './take-action.ts'

/** Raised whenever the same checks would find something else, so that all records are judged again. */
const qualityVersion = 1

/** The part of a refresh that judges what came in. It works on the staging tables, in sets. */
export interface QualityStage {
  /**
   * Before the refresh looks for what changed: a stream whose checks changed, or whose learned models rest on less than half of its
   * records, is normalised and judged again as a whole.
   */
  begin(): Promise<void>
  /** Inside the refresh's transaction, on the staged records, before anybody is resolved by them. Returns how many are held back. */
  judge(): Promise<number>
  /** Inside the same transaction, once profiles are built: keeps what each checked stream that changed looks like, for comparisons. */
  finish(): Promise<void>
}

interface StageOptions {
  readonly duckdb: DuckDb
  readonly clock: Clock
  readonly schema: ProfileSchema
  readonly manifests: readonly QualityManifest[]
  readonly mappings: readonly MappingManifest[]
}

/** Without manifests it undoes what earlier ones did, once, and then costs two looks into empty tables per refresh. */
export function createQualityStage({
  duckdb,
  clock,
  schema: declared,
  manifests,
  mappings,
}: StageOptions): QualityStage {
  const schema = withoutDerivedTraits(declared)
  return {
    async begin() {
      const stored = await duckdb.all<StoredStream>(
        `SELECT connection, stream, digest, records FROM quality_stream`,
      )
      for (const known of stored) {
        const manifest = manifests.find((one) => isSameStream(one, known))
        if (!manifest || digestOf(manifest) !== known.digest || (await hasDoubled(duckdb, manifest, known)))
          await forgetJudgements(duckdb, known)
      }
      const isKnown = (manifest: QualityManifest): boolean =>
        stored.some((one) => isSameStream(manifest, one))
      for (const manifest of manifests) if (!isKnown(manifest)) await forgetJudgements(duckdb, manifest)
    },
    async judge() {
      if (manifests.length === 0 && !(await isAnythingNoted(duckdb))) return 0
      await forgetFindings(duckdb)
      let heldBack = 0
      for (const manifest of manifests) heldBack += await judgeStream(duckdb, schema, manifest, clock.now())
      for (const table of scratchTables) await duckdb.run(`DROP TABLE IF EXISTS temp.${table}`)
      return heldBack
    },
    async finish() {
      if (manifests.length === 0) return
      const changed = await duckdb.all<StreamRef>(
        `SELECT DISTINCT connection, stream FROM source_record SEMI JOIN staged_record USING (record_id)`,
      )
      const isChecked = (stream: StreamRef): boolean =>
        changed.some((one) => isSameStream(one, stream)) && manifests.some((one) => isSameStream(one, stream))
      for (const stream of listStreams(mappings, schema).filter(isChecked))
        await keepProfile(duckdb, stream, clock.now())
    },
  }
}

async function isAnythingNoted(duckdb: DuckDb): Promise<boolean> {
  return (
    (await duckdb.one(`SELECT 1 FROM quality_finding UNION ALL SELECT 1 FROM quality_release LIMIT 1`)) !==
    undefined
  )
}

/** The staged records are judged anew, and nothing is known of records that are erased. */
async function forgetFindings(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`DELETE FROM quality_finding WHERE record_id IN (SELECT record_id FROM staged_record)`)
  for (const table of ['quality_finding', 'quality_release']) {
    await duckdb.run(
      `DELETE FROM ${table} WHERE record_id IN (
         SELECT record_id FROM (SELECT DISTINCT record_id FROM ${table}) ANTI JOIN source_record USING (record_id))`,
    )
  }
}

interface StoredStream extends StreamRef {
  readonly digest: string
  readonly records: bigint
}

const scratchTables = [
  'quality_scope',
  'quality_fault',
  'quality_key',
  'quality_verdict',
  'quality_row',
  'quality_held',
]

const isSameStream = (one: StreamRef, other: StreamRef): boolean =>
  one.connection === other.connection && one.stream === other.stream

const digestOf = ({ checks, flags_into: flags }: QualityManifest): string =>
  createHash('sha256')
    .update(JSON.stringify([qualityVersion, flags ?? null, checks]))
    .digest('hex')

async function countRecords(duckdb: DuckDb, { connection, stream }: StreamRef) {
  const row = await duckdb.one<{ records: bigint }>(
    `SELECT count(*) AS records FROM source_record WHERE connection = $1 AND stream = $2`,
    [connection, stream],
  )
  return row?.records ?? 0n
}

async function hasDoubled(duckdb: DuckDb, manifest: QualityManifest, known: StoredStream): Promise<boolean> {
  const learns = manifest.checks.some(({ check }) => isLearned(check))
  return learns && (await countRecords(duckdb, known)) >= 2n * known.records
}

/** Has the next refresh normalise and judge all records of the stream again, and learn its models again. */
export async function forgetJudgements(duckdb: DuckDb, { connection, stream }: StreamRef): Promise<void> {
  for (const table of ['normalised_stream', 'quality_stream', 'quality_model', 'quality_finding']) {
    await duckdb.run(`DELETE FROM ${table} WHERE connection = $1 AND stream = $2`, [connection, stream])
  }
}

async function judgeStream(
  duckdb: DuckDb,
  schema: ProfileSchema,
  manifest: QualityManifest,
  now: number,
): Promise<number> {
  const { connection, stream } = manifest
  await noteStream(duckdb, manifest, now)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_scope AS
     SELECT s.record_id FROM staged_record s JOIN source_record r USING (record_id)
     WHERE r.connection = $1 AND r.stream = $2 AND NOT r.deleted AND s.is_person`,
    [connection, stream],
  )
  const scope = await duckdb.one<{ records: bigint }>(`SELECT count(*) AS records FROM quality_scope`)
  if (scope?.records === 0n) return 0
  for (const [position, check] of manifest.checks.entries()) {
    const targets = [check.on].flat().flatMap((name) => findTarget(schema, name) ?? [])
    const run: CheckRun = { connection, stream, check, targets, position, now }
    await findFaults(duckdb, run)
    await takeAction(duckdb, run)
  }
  if (manifest.flags_into !== undefined) await writeFlags(duckdb, manifest, manifest.flags_into)
  return holdBack(duckdb, schema, manifest)
}

/** Remembers by which checks the stream is judged from now on. */
async function noteStream(duckdb: DuckDb, manifest: QualityManifest, now: number): Promise<void> {
  const { connection, stream } = manifest
  const known = await duckdb.one(`SELECT 1 FROM quality_stream WHERE connection = $1 AND stream = $2`, [
    connection,
    stream,
  ])
  if (known) return
  await duckdb.run(`INSERT INTO quality_stream VALUES ($1, $2, $3, $4, epoch_ms($5::BIGINT))`, [
    connection,
    stream,
    digestOf(manifest),
    await countRecords(duckdb, manifest),
    BigInt(now),
  ])
}

async function writeFlags(
  duckdb: DuckDb,
  { connection, stream }: QualityManifest,
  trait: string,
): Promise<void> {
  await duckdb.run(
    `UPDATE staged_record SET ${traitColumn(trait)} = f.flags
     FROM (SELECT record_id, list_sort(list(DISTINCT target || '.' || check_name)) AS flags FROM quality_finding
       WHERE connection = $1 AND stream = $2 AND action = 'flag' GROUP BY record_id) f
     WHERE f.record_id = staged_record.record_id`,
    [connection, stream],
  )
}

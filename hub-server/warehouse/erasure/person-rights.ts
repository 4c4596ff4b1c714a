import { forgottenKind } from '../../../core/person-request/forgotten-name.ts'
import type { PersonRights, SyncTarget } from '../../../core/port/person-rights.ts'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import type { DuckDb } from '../duckdb.ts'
import type { IdentifierDigest } from '../suppression/digest.ts'
import { compactWarehouse } from './compact-warehouse.ts'
import { eraseHere } from './erase-here.ts'
import { exportPerson } from './export-person.ts'
import { profileNumber } from './person-scope.ts'
import { readScope } from './read-scope.ts'
import { liftRectification, rectify } from './rectification.ts'
import { liftRestriction, restrict } from './restriction.ts'
import { retain } from './retain.ts'
import type { Tombstones } from './tombstones.ts'

/** No profile has the number -1. */
const whole = (profileId: string): bigint => profileNumber(profileId) ?? -1n

export interface PersonRightsOptions {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
  readonly tombstones: Tombstones
  /** The warehouse's file; undefined: it is in memory, and there is nothing to compact. */
  readonly path: string | undefined
  readonly memoryLimitMb?: number
}

/** Persons' rights on DuckDB. The tables must have been prepared for `schema`. */
export function createPersonRights(options: PersonRightsOptions): PersonRights {
  const { duckdb, schema, tombstones } = options
  return {
    ...erasing(options),
    exportPerson: (profileId) => exportPerson(duckdb, schema, whole(profileId)),
    async idsOf(profileId) {
      const rows = await duckdb.all<{ record_id: bigint }>(
        `SELECT record_id FROM record_trait WHERE profile_id = $1 ORDER BY record_id`,
        [whole(profileId)],
      )
      return rows.map(({ record_id: id }) => `p_${id}`)
    },
    restrict: (profileId, order) => restrict(duckdb, whole(profileId), order),
    liftRestriction: (profileId) => liftRestriction(duckdb, whole(profileId)),
    findPerson: (person) => duckdb.snapshot(() => findPerson(duckdb, schema, person)),
    rectify: (profileId, correction, order) =>
      rectify({ duckdb, schema }, whole(profileId), { ...correction, ...order }),
    liftRectification: (profileId, trait) => liftRectification(duckdb, whole(profileId), trait),
    previewRetention: (order) => duckdb.dryRun(() => retain(options, order)),
    retain: (order) => retain(options, order),
    needsCompaction: () => tombstones.hasDropped(),
  }
}

type Erasing = Pick<
  PersonRights,
  'noteTargets' | 'scope' | 'eraseHere' | 'liftErasure' | 'compact' | 'profileOfObject'
>

function erasing({ path, memoryLimitMb, ...ground }: PersonRightsOptions): Erasing {
  const { duckdb, schema, tombstones } = ground
  return {
    noteTargets: (targets, at) => noteTargets(duckdb, targets, at),
    scope: (profileId, openRuns) => readScope(ground, whole(profileId), openRuns),
    eraseHere: (profileId, request, at) => eraseHere(ground, { profile: whole(profileId), request, at }),
    liftErasure: (identifier) => liftErasure(schema, tombstones, identifier),
    async compact() {
      if (path !== undefined)
        await compactWarehouse(duckdb, { path, ...(memoryLimitMb !== undefined && { memoryLimitMb }) })
      tombstones.noteCompacted()
    },
    async profileOfObject({ connection, stream, externalId }) {
      const row = await duckdb.one<{ profile_id: bigint }>(
        `SELECT t.profile_id FROM source_record s JOIN record_trait t USING (record_id)
         WHERE s.connection = $1 AND s.external_id = $2 AND ($3::VARCHAR IS NULL OR s.stream = $3) ORDER BY ALL LIMIT 1`,
        [connection, externalId, stream ?? null],
      )
      return row && `p_${row.profile_id}`
    },
  }
}

async function noteTargets(duckdb: DuckDb, targets: readonly SyncTarget[], at: number): Promise<void> {
  for (const { sync, connection, kind, audience } of targets) {
    await duckdb.run(
      `INSERT INTO delivery_target SELECT $1, $2, $3, $4, make_timestamp($5::BIGINT * 1000)
       WHERE NOT EXISTS (SELECT 1 FROM delivery_target
         WHERE sync = $1 AND connection = $2 AND kind = $3 AND audience = $4)`,
      [sync, connection, kind, audience, BigInt(at)],
    )
  }
}

/** Living profiles come before those that are gone. */
async function findPerson(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): Promise<string | undefined> {
  const order = `ORDER BY profile_id NOT IN (SELECT profile_id FROM profile), profile_id LIMIT 1`
  const number = profileNumber(person.trim())
  if (number !== undefined) {
    const row = await duckdb.one<{ profile_id: bigint }>(
      `SELECT profile_id FROM record_trait WHERE record_id = $1 OR profile_id = $1 ${order}`,
      [number],
    )
    return row && `p_${row.profile_id}`
  }
  for (const [kind, { form }] of Object.entries(schema.identifiers)) {
    const value = normaliseIdentifier(person, form, schema.default_country)
    if (value instanceof Refusal) continue
    const row = await duckdb.one<{ profile_id: bigint }>(
      `SELECT profile_id FROM every_identifier JOIN record_trait USING (record_id) WHERE kind = $1 AND value = $2 ${order}`,
      [kind, value],
    )
    if (row) return `p_${row.profile_id}`
  }
  return undefined
}

async function liftErasure(
  schema: ProfileSchema,
  tombstones: Tombstones,
  identifier: string,
): Promise<number> {
  let lifted = 0
  for (const [kind, { form }] of Object.entries(schema.identifiers)) {
    const value = normaliseIdentifier(identifier, form, schema.default_country)
    if (!(value instanceof Refusal)) lifted += await tombstones.lift(forgottenKind(schema, kind), value)
  }
  return lifted
}

import type { PersonToErase } from '../../../core/connector/connector.ts'
import { recordName } from '../../../core/person-request/forgotten-name.ts'
import type { ErasureScope, SentTo } from '../../../core/port/person-rights.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import type { IdentifierDigest } from '../suppression/digest.ts'
import { deletePerson } from './erase-here.ts'
import { openScope } from './person-scope.ts'

interface ScopeGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
}

/** What erasing would take away, counted by doing it in a transaction that is rolled back. */
export function readScope(
  ground: ScopeGround,
  profile: bigint,
  openRuns: readonly string[],
): Promise<ErasureScope | undefined> {
  const { duckdb, schema } = ground
  return duckdb.dryRun(async () => {
    const known = await duckdb.one(`SELECT 1 FROM record_trait WHERE profile_id = $1 LIMIT 1`, [profile])
    if (!known) return undefined
    await openScope(duckdb, schema, profile)
    const told = {
      sources: await duckdb.all<{ connection: string; stream: string }>(
        `SELECT DISTINCT connection, stream FROM source_record SEMI JOIN scope_source USING (record_id) ORDER BY ALL`,
      ),
      objects: await readObjects(duckdb),
      sentTo: await readSentTo(ground, openRuns),
      mentions: await countMentions(duckdb),
    }
    return { profileId: `p_${profile}`, ...told, counts: await deletePerson(duckdb, schema) }
  })
}

async function readObjects(duckdb: DuckDb): Promise<ErasureScope['objects']> {
  const rows = await duckdb.all<{ connection: string; external_id: string }>(
    `SELECT connection, external_id FROM source_record SEMI JOIN scope_source USING (record_id)
     UNION SELECT t.connection, k.key FROM scope_key k JOIN delivery_target t USING (sync) ORDER BY ALL`,
  )
  return rows.map((row) => ({ connection: row.connection, externalId: row.external_id }))
}

/** An address or a number in a source record of somebody else, as it is written or in its normalised form. */
async function countMentions(duckdb: DuckDb): Promise<number> {
  const row = await duckdb.one<{ count: bigint }>(
    `SELECT count(*) AS count FROM source_record s WHERE record_id NOT IN (FROM scope_source)
       AND EXISTS (SELECT 1 FROM scope_name n WHERE kind IN ('email', 'phone') AND contains(lower(s.fields), lower(n.value)))`,
  )
  return Number(row?.count ?? 0)
}

interface SentRow {
  readonly connection: string
  readonly audience: string
  readonly key: string | null
  readonly fields: string | null
  readonly at: bigint | null
  readonly in_flight: boolean
}

const sentSql = `
  WITH sent AS (
    SELECT sync, key, fields, epoch_ms(acknowledged_at) AS at, status IN ('accepted', 'unknown') AS in_flight, profile_id FROM delivery
    UNION ALL SELECT sync, key, fields, epoch_ms(sent_at), false, profile_id FROM former_delivery
    UNION ALL SELECT sync, key, fields, NULL, true, profile_id FROM plan_row
      WHERE batch >= 0 AND outcome IS NULL AND list_contains(from_json($1::JSON, '["VARCHAR"]'), run_id))
  SELECT t.connection, t.audience, s.key, s.fields, s.at, s.in_flight
  FROM sent s JOIN delivery_target t USING (sync) WHERE s.profile_id IN (FROM scope_record)`

/** Everybody who was ever sent the person: by what is known of deliveries, and by the ledger of those past their retention. */
async function readSentTo(ground: ScopeGround, openRuns: readonly string[]): Promise<SentTo[]> {
  const sent = await ground.duckdb.all<SentRow>(sentSql, [JSON.stringify(openRuns)])
  const rows = [...sent, ...(await readLedger(ground))]
  return [...Map.groupBy(rows, ({ connection }) => connection)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([connection, of]) => ({
      connection,
      audiences: [...new Set(of.map(({ audience }) => audience))].sort(),
      lastAt: of.reduce<number | null>(
        (last, { at }) => (at === null ? last : Math.max(last ?? 0, Number(at))),
        null,
      ),
      inFlight: of.some((row) => row.in_flight),
      person: toPerson(of),
    }))
}

function toPerson(rows: readonly SentRow[]): PersonToErase {
  const fields = new Set(
    rows.flatMap((row) => (row.fields === null || row.fields === '{}' ? [] : [row.fields])),
  )
  return {
    keys: [...new Set(rows.flatMap(({ key }) => key ?? []))],
    sent: [...fields].map((text): Record<string, unknown> => JSON.parse(text)),
  }
}

/** Only the identifiers that the ledger knows are told to a platform: it must learn no other. */
async function readLedger({ duckdb, digest }: ScopeGround): Promise<SentRow[]> {
  const names = await duckdb.all<{ kind: string; value: string }>(
    `SELECT kind, value FROM scope_name WHERE kind <> '${recordName}'`,
  )
  const rows = await Promise.all(
    names.map(async ({ kind, value }) => {
      const found = await duckdb.all<{ connection: string; audience: string; at: bigint }>(
        `SELECT t.connection, t.audience, epoch_ms(r.last_at) AS at FROM recipient r JOIN delivery_target t USING (sync)
         WHERE r.digest = $1`,
        [digest.of(kind, value)],
      )
      const isField = kind === 'email' || kind === 'phone'
      const told = { key: isField ? null : value, fields: isField ? JSON.stringify({ [kind]: value }) : null }
      return found.map((row) => ({ ...row, ...told, in_flight: false }))
    }),
  )
  return rows.flat()
}

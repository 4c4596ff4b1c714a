import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { layOut, stagingColumns, type BlockColumn } from './block-layout.ts'
import type { NormalisedBlock } from './normalise-block.ts'
import { cellsSql } from './row-text.ts'
import type { StreamPlan } from './stream-plan.ts'

/**
 * Temporary tables that gather what the normaliser made of the changed records, until one transaction brings it into the profile
 * store: `staged_record` (all of them; `is_person` false where they only tell events), `staged_identifier` (identifiers of a kind
 * beyond the first), `staged_event` (`person_key` null where the source record itself stands for the person), and `consent_basis`
 * (the legal basis and the version of the wording that a stream's mapping notes for a consent).
 */
export async function createStagingTables(
  duckdb: DuckDb,
  schema: ProfileSchema,
  plans: readonly StreamPlan[],
): Promise<void> {
  const { records, identifiers, events } = stagingColumns(schema)
  const tables = [
    `staged_record (${list(records)}, is_person BOOLEAN)`,
    `staged_identifier (${list(identifiers)})`,
    `staged_event (${list(events)})`,
    `consent_basis (connection VARCHAR, stream VARCHAR, purpose VARCHAR, channel VARCHAR, legal_basis VARCHAR, wording VARCHAR)`,
  ]
  await duckdb.run(tables.map((table) => `CREATE OR REPLACE TEMP TABLE ${table}`).join(';'))
  for (const { connection, stream, mapping } of plans) {
    for (const { purpose, channel, legal_basis: basis = null, wording = null } of mapping.consents) {
      if (basis === null && wording === null) continue
      await duckdb.run(`INSERT INTO consent_basis VALUES ($1, $2, $3, $4, $5, $6)`, [
        connection,
        stream,
        purpose,
        channel,
        basis,
        wording,
      ])
    }
  }
}

const list = (columns: readonly BlockColumn[]): string =>
  columns.map(({ name, type }) => `${name} ${type}`).join(', ')

/** SQL that brings the rows of the text $1 into a staging table. */
function stagingSql(
  table: string,
  columns: readonly BlockColumn[],
  constants: Record<string, string> = {},
): string {
  const values = columns.map(({ fromText }, index) => fromText.replace('$', `nullif(cell[${index + 1}], '')`))
  const names = [...columns.map(({ name }) => name), ...Object.keys(constants)]
  return `INSERT INTO ${table} (${names.join(', ')})
    SELECT ${[...values, ...Object.values(constants)].join(', ')} FROM ${cellsSql}`
}

/** Binds a plan to the function that stages the blocks of its stream. */
export function createBlockStager(
  duckdb: DuckDb,
  plan: StreamPlan,
): (block: NormalisedBlock) => Promise<void> {
  const layout = layOut(plan)
  const recordSql = stagingSql('staged_record', layout.records, { is_person: String(plan.tellsPeople) })
  const identifierSql = stagingSql('staged_identifier', layout.identifiers)
  const eventSql = stagingSql('staged_event', layout.events)
  const stage = async (sql: string, rows: string): Promise<void> => {
    if (rows !== '') await duckdb.repeat(sql, [rows])
  }
  return async ({ records, identifiers, events }) => {
    await stage(recordSql, records)
    await stage(identifierSql, identifiers)
    await stage(eventSql, events)
  }
}

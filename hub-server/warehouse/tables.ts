import { isDerived } from '../../core/computed/derived-traits.ts'
import type { ProfileSchema, TraitType } from '../../core/profile/profile-schema.ts'
import type { DuckDb } from './duckdb.ts'
import { rightsTables } from './erasure/rights-tables.ts'
import { prepareIdentifierKeys } from './identity/identifier-keys.ts'
import { pickTables } from './pick/pick-tables.ts'
import { contentHash } from './profile/content-hash.ts'
import { keyHash, personHash } from './profile/key-hash.ts'
import { qualityTables } from './quality/quality-tables.ts'
import { evaluationStateTables } from './segment/evaluation-state.ts'

/**
 * Of a few people among millions each text has to be read, and compressed ones are unpacked with all their neighbours: five times as
 * long, for a third of the space. Of keys, which are looked through whole, packing would save an eighth.
 */
const readAsIs = 'USING COMPRESSION uncompressed'

const hashColumn = `ALTER TABLE profile ADD COLUMN IF NOT EXISTS content_hash UBIGINT`

/**
 * The tables of the warehouse. Names of columns that stem from the profile schema carry a prefix by family, so that no trait,
 * identifier or property name can collide with ours or with a word of SQL.
 *
 * - `source_record`: every raw object of every stream, latest version. `record_id` is given at first arrival and never changes;
 *   `change_id` rises with every change, so "changed since" is a range; `key_hash` finds a record by stream and external id without
 *   an index; `merged_ids` are the platform ids this object absorbed (and, of an absorbed one, its own).
 * - `record_sighting`: records that the latest run of a stream saw unchanged. `normalised_stream`: how far, and with which mapping,
 *   each stream was normalised; written in the same transaction as what came of it.
 * - `record_trait`: what the mapping made of each source record (of several identifiers of a kind the first), and the profile it
 *   belongs to. A profile is built from these rows alone. `cleared` lists the traits that it says have no value (null: none).
 * - `record_identifier`: the identifiers of a kind beyond the first that a source record tells. `every_identifier`: all of them, with
 *   those in `record_trait`. `record_consent`: the consents told by each source record.
 *   `told_record`: `record_trait` with null, and not '', where a record tells no identifier of a kind.
 * - `identifier_key`: the number by which each identifier of each record is found among millions (`identity/identifier-keys.ts`).
 * - `profile`: the union of a person's source records; `profile_id` is the smallest `record_id` of the person, so ids survive a
 *   full rebuild. Computed and enriched traits are columns of `profile` alone. `identifier_<kind>` is the best-trusted value, `consent_<purpose>__<channel>` is 'granted', 'denied' or null.
 *   `content_hash`: of what records tell, as it was last built (`profile/content-hash.ts`); null where it was changed since.
 * - `event`: what profiles did. `record_id` is the record that stands for the person, `profile_id` follows it;
 *   `source_record_id` is the source record that told it. `event_person`: the records made for people known only by the identifiers
 *   of an event; `key` is the JSON list of these (kind, value) pairs, and `key_hash` finds it among millions.
 * - `membership`: profile × segment with history; current members have no `exited_at`.
 * - `delivery`: what the platform last acknowledged for one profile of one sync. `status` is the outcome of the last `operation`
 *   (add or remove); `held` tells whether the platform may hold the person, and then `fields` are those it holds.
 * - `plan_row`: the frozen plan of an unfinished run. Batch -1: rows that are due but not sent again yet.
 * - `untold_reject`: rejects that a platform counted without naming the records.
 * - `consent_entry`: with `record_consent`, the ledger of consents. `record_consent` is what each source record says now; here is what
 *   records said before (`origin` "record"), what platforms told of opt-outs ("platform") and what people at the hub noted ("person").
 *   The person is the one that `record_id`, or the identifier (`kind`, `value`), belongs to. Rows are only ever added, and
 *   taken away by an erasure. `corrected`: our reading was wrong, nobody decided so. `key` names what must not be noted twice.
 * - `suppression`: identifiers that nothing may ever be sent to, by keyed digest alone (`suppression/digest.ts`); `bucket` leaves out
 *   nearly all others before digests are made. Nothing in it names anybody, and nothing it is computed from is derived.
 * - `identity_state`: the digest of the identity manifest that profiles were resolved by. `identity_group`: profiles whose records hang
 *   together and were divided, by a limit or a decision; those of one group are resolved together. `identity_link`: pairs of records
 *   that matching found to be one person. `identity_decision`: what a person said of a pair of records ('split' or 'merge').
 *   `identity_review`: pairs that wait for a person. `identity_model`: the model that matching learned, as JSON.
 * - `enrichment`: external tables as they were last read; the rows of each are in `enrichment_<name>` (key, and columns of traits).
 * - `quarantine`: rows that could not become records, with place, reason and raw text for replay.
 *
 * `profile`, `event`, `membership`, `record_consent` and `identifier_key` get many rows at once in the order of the number by which a person
 * is looked for: the engine then passes over nearly all of them.
 */
const fixedTables = [
  ...qualityTables,
  `CREATE SEQUENCE IF NOT EXISTS record_id_sequence`,
  `CREATE SEQUENCE IF NOT EXISTS change_id_sequence`,
  `CREATE TABLE IF NOT EXISTS source_record (
    record_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, external_id VARCHAR NOT NULL,
    version_at TIMESTAMP, deleted BOOLEAN NOT NULL, fields VARCHAR USING COMPRESSION zstd NOT NULL, run_id VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL, merged_ids VARCHAR[], key_hash UBIGINT NOT NULL, change_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS record_sighting (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, run_id VARCHAR NOT NULL, record_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS normalised_stream (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, mapping_digest VARCHAR NOT NULL, change_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS event_person (
    record_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, key VARCHAR NOT NULL)`,
  `ALTER TABLE event_person ADD COLUMN IF NOT EXISTS key_hash UHUGEINT`,
  `UPDATE event_person SET key_hash = ${personHash('connection', 'stream', 'key')} WHERE key_hash IS NULL`,
  `CREATE TABLE IF NOT EXISTS quarantine (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, place VARCHAR NOT NULL, code VARCHAR NOT NULL,
    message VARCHAR NOT NULL, raw VARCHAR NOT NULL, run_id VARCHAR NOT NULL, received_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS enrichment (
    name VARCHAR NOT NULL, table_name VARCHAR, digest VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL, read_at TIMESTAMP,
    told VARCHAR NOT NULL, failure VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS suppression (
    digest VARCHAR NOT NULL, bucket INTEGER NOT NULL, kind VARCHAR NOT NULL, reason VARCHAR NOT NULL, actor VARCHAR NOT NULL,
    added_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS record_trait (
    record_id BIGINT NOT NULL, profile_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL,
    version_at TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, run_id VARCHAR NOT NULL)`,
  `ALTER TABLE record_trait ADD COLUMN IF NOT EXISTS cleared VARCHAR[]`,
  `CREATE TABLE IF NOT EXISTS record_identifier (record_id BIGINT NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS record_consent (
    record_id BIGINT NOT NULL, purpose VARCHAR NOT NULL, channel VARCHAR NOT NULL, status VARCHAR NOT NULL,
    decided_at TIMESTAMP, legal_basis VARCHAR, noted_at TIMESTAMP, wording VARCHAR)`,
  `ALTER TABLE record_consent ADD COLUMN IF NOT EXISTS noted_at TIMESTAMP`,
  `ALTER TABLE record_consent ADD COLUMN IF NOT EXISTS wording VARCHAR`,
  `CREATE SEQUENCE IF NOT EXISTS consent_entry_sequence`,
  `CREATE TABLE IF NOT EXISTS consent_entry (
    entry_id BIGINT NOT NULL, record_id BIGINT, kind VARCHAR, value VARCHAR, purpose VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    status VARCHAR NOT NULL, origin VARCHAR NOT NULL, source VARCHAR NOT NULL, decided_at TIMESTAMP, noted_at TIMESTAMP NOT NULL,
    legal_basis VARCHAR, wording VARCHAR, note VARCHAR, corrected BOOLEAN NOT NULL, key VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS profile (
    profile_id BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL)`,
  hashColumn,
  `CREATE TABLE IF NOT EXISTS event (
    message_id VARCHAR NOT NULL, record_id BIGINT NOT NULL, profile_id BIGINT NOT NULL, name VARCHAR NOT NULL,
    time TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL, source_record_id BIGINT NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS membership (
    segment VARCHAR NOT NULL, profile_id BIGINT NOT NULL, entered_at TIMESTAMP NOT NULL, exited_at TIMESTAMP)`,
  `CREATE TABLE IF NOT EXISTS delivery (
    sync VARCHAR NOT NULL, profile_id BIGINT NOT NULL, status VARCHAR NOT NULL, operation VARCHAR NOT NULL,
    held BOOLEAN NOT NULL, row_hash UBIGINT NOT NULL, key VARCHAR, fields VARCHAR NOT NULL, reason_code VARCHAR,
    reason_message VARCHAR, run_id VARCHAR NOT NULL, acknowledged_at TIMESTAMP NOT NULL, retry_at TIMESTAMP,
    job VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS identity_state (digest VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identifier_key (key UBIGINT ${readAsIs} NOT NULL, record_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identity_group (profile_id BIGINT NOT NULL, group_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identity_link (left_record BIGINT NOT NULL, right_record BIGINT NOT NULL, weight DOUBLE NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identity_decision (
    left_record BIGINT NOT NULL, right_record BIGINT NOT NULL, verdict VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identity_review (
    left_record BIGINT NOT NULL, right_record BIGINT NOT NULL, weight DOUBLE NOT NULL, reason VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS identity_model (
    matching_digest VARCHAR NOT NULL, model VARCHAR NOT NULL, threshold DOUBLE NOT NULL, records BIGINT NOT NULL,
    change_id BIGINT NOT NULL, matched_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS untold_reject (
    run_id VARCHAR NOT NULL, code VARCHAR NOT NULL, message VARCHAR NOT NULL, count BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS plan_row (
    run_id VARCHAR NOT NULL, sync VARCHAR NOT NULL, batch INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    operation VARCHAR NOT NULL, profile_id BIGINT NOT NULL, row_hash UBIGINT NOT NULL, key VARCHAR,
    fields VARCHAR NOT NULL, outcome VARCHAR)`,
  ...rightsTables,
  ...evaluationStateTables,
  ...pickTables,
]

/** DuckDB's type for each type of trait. */
export const columnTypes: Readonly<Record<TraitType, string>> = {
  text: 'VARCHAR',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  datetime: 'TIMESTAMP',
  list: 'VARCHAR[]',
}

export const traitColumn = (trait: string): string => `trait_${trait}`
export const identifierColumn = (kind: string): string => `identifier_${kind}`

/**
 * SQL of the first identifier of a kind that a row of `record_trait` tells, null where it tells none. It is stored as '' then: of a text
 * that may be null, the engine reads 2,048 to find the one that is asked for.
 */
export const toldIdentifier = (kind: string, alias: string): string =>
  `nullif(${alias}.${identifierColumn(kind)}, '')`
export const propertyColumn = (property: string): string => `property_${property}`
export const consentColumn = (purpose: string, channel: string): string => `consent_${purpose}__${channel}`

interface Column {
  readonly table: 'record_trait' | 'profile' | 'event'
  readonly name: string
  readonly type: string
  /** Told when the column is made, beside its type. */
  readonly storage?: string
}

const recordAndProfile = (name: string, type: string): Column[] => [
  { table: 'record_trait', name, type },
  { table: 'profile', name, type },
]

function schemaColumns(schema: ProfileSchema): Column[] {
  const traits = Object.entries(schema.traits).flatMap(([trait, definition]) => {
    const name = traitColumn(trait)
    const type = columnTypes[definition.type]
    return isDerived(definition) ? [{ table: 'profile' as const, name, type }] : recordAndProfile(name, type)
  })
  const identifiers = Object.keys(schema.identifiers).flatMap((kind): Column[] => {
    const column = { name: identifierColumn(kind), type: 'VARCHAR' }
    return [
      { table: 'record_trait', ...column, storage: readAsIs },
      { table: 'profile', ...column },
    ]
  })
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.flatMap((channel) => recordAndProfile(consentColumn(purpose, channel), 'VARCHAR')),
  )
  const properties = Object.values(schema.events).flatMap((event) =>
    Object.entries(event.properties).map(([property, type]): Column => ({
      table: 'event',
      name: propertyColumn(property),
      type: columnTypes[type],
    })),
  )
  return [...traits, ...identifiers, ...consents, ...properties]
}

/**
 * Creates the tables, and one typed column for each trait, identifier, consent and property of the profile schema. Idempotent.
 * A column whose type changed is dropped and made anew: its values are derived and are filled again from the source records.
 * Returns the names of these columns.
 */
export async function prepareTables(duckdb: DuckDb, schema: ProfileSchema): Promise<string[]> {
  for (const statement of fixedTables) await duckdb.run(statement)
  const existing = await duckdb.all<{ table_name: string; column_name: string; data_type: string }>(
    `SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'`,
  )
  const typeOf = new Map(
    existing.map((column) => [`${column.table_name}.${column.column_name}`, column.data_type]),
  )
  const remade: string[] = []
  for (const column of schemaColumns(schema)) {
    const id = `${column.table}.${column.name}`
    if (typeOf.get(id) === column.type) continue
    if (typeOf.has(id)) {
      await dropColumn(duckdb, column)
      remade.push(id)
    }
    await duckdb.run(
      `ALTER TABLE ${column.table} ADD COLUMN ${column.name} ${column.type} ${column.storage ?? ''}`,
    )
    typeOf.set(id, column.type)
  }
  if (!typeOf.has('every_identifier.kind')) await tellOnce(duckdb, schema)
  await duckdb.run(identifierView(schema))
  await duckdb.run(recordView(schema))
  const isHashOther = await prepareIdentifierKeys(duckdb)
  if (isHashOther)
    await duckdb.run(`UPDATE source_record SET key_hash = ${keyHash('connection', 'stream', 'external_id')}`)
  const told = schemaColumns(schema).flatMap(({ table, name }) => (table === 'record_trait' ? [name] : []))
  await duckdb.run(
    `UPDATE profile SET content_hash = ${contentHash(told)} WHERE content_hash IS NULL OR ${String(isHashOther)}`,
  )
  return remade
}

/** Without its values, the numbers that profiles are compared by hold no more. (One transaction cannot change both columns and rows.) */
async function dropColumn(duckdb: DuckDb, { table, name }: Column): Promise<void> {
  await duckdb.run(`ALTER TABLE ${table} DROP COLUMN ${name}`)
  if (table !== 'profile') return
  await duckdb.run(`ALTER TABLE profile DROP COLUMN content_hash`)
  await duckdb.run(hashColumn)
}

/** Warehouses that have no view of all identifiers yet list the first of each kind among the further ones too. */
async function tellOnce(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  for (const kind of Object.keys(schema.identifiers))
    await duckdb.run(
      `DELETE FROM record_identifier USING record_trait t
       WHERE t.record_id = record_identifier.record_id AND kind = '${kind}' AND value = t.${identifierColumn(kind)}`,
    )
}

const identifierView = (schema: ProfileSchema): string => `
  CREATE OR REPLACE VIEW every_identifier AS
  SELECT record_id, kind, value FROM record_identifier
  ${Object.keys(schema.identifiers)
    .map(
      (kind) => `UNION ALL SELECT record_id, '${kind}', ${identifierColumn(kind)} FROM record_trait
    WHERE ${identifierColumn(kind)} <> ''`,
    )
    .join(' ')}`

function recordView(schema: ProfileSchema): string {
  const kinds = Object.keys(schema.identifiers)
  const told = kinds.map((kind) => `${toldIdentifier(kind, 'record_trait')} AS ${identifierColumn(kind)}`)
  const replaced = told.length > 0 ? `REPLACE (${told.join(', ')})` : ''
  return `CREATE OR REPLACE VIEW told_record AS SELECT * ${replaced} FROM record_trait`
}

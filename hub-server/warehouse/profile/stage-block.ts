import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { columnTypes, propertyColumn, traitColumn } from '../tables.ts'
import { eventProperties, type NormalisedBlock } from './normalise-block.ts'
import type { StreamPlan } from './stream-plan.ts'

/**
 * Temporary tables that gather what the normaliser made of the changed records, until one transaction brings it into the profile
 * store: `staged_record` (all of them, `is_person` false where they only tell events), `staged_identifier`, `staged_consent`,
 * `staged_event` (`person_key` null where the source record itself stands for the person).
 */
export async function createStagingTables(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  const traits = Object.entries(schema.traits).map(
    ([trait, { type }]) => `, ${traitColumn(trait)} ${columnTypes[type]}`,
  )
  const properties = [...propertyTypes(schema)].map(
    ([property, type]) => `, ${propertyColumn(property)} ${columnTypes[type]}`,
  )
  const statements = [
    `staged_record (record_id BIGINT, is_person BOOLEAN${traits.join('')})`,
    `staged_identifier (record_id BIGINT, kind VARCHAR, value VARCHAR)`,
    `staged_consent (record_id BIGINT, purpose VARCHAR, channel VARCHAR, status VARCHAR, decided_at TIMESTAMP, legal_basis VARCHAR)`,
    `staged_event (record_id BIGINT, name VARCHAR, ordinal INTEGER, time TIMESTAMP, person_key VARCHAR${properties.join('')})`,
  ]
  for (const statement of statements) await duckdb.run(`CREATE OR REPLACE TEMP TABLE ${statement}`)
}

/** Properties of all events with their types; one name has one type. */
export function propertyTypes(schema: ProfileSchema): ReadonlyMap<string, TraitType> {
  return new Map(Object.values(schema.events).flatMap(({ properties }) => Object.entries(properties)))
}

interface StagedColumn {
  /** Key in the block's JSON. */
  readonly key: string
  /** Column of the staging table. */
  readonly column: string
  /** Type in the JSON. */
  readonly json: string
  /** SQL that turns the JSON's value into the column's; the value itself when absent. */
  readonly convert?: (value: string) => string
}

const fromMilliseconds = (value: string): string => `epoch_ms(${value})`

function typedColumn(key: string, column: string, type: TraitType): StagedColumn {
  if (type === 'datetime') return { key, column, json: 'BIGINT', convert: fromMilliseconds }
  return { key, column, json: columnTypes[type] }
}

const recordId: StagedColumn = { key: 'r', column: 'record_id', json: 'BIGINT' }
const text = (key: string, column: string): StagedColumn => ({ key, column, json: 'VARCHAR' })

const identifierColumns = [recordId, text('k', 'kind'), text('v', 'value')]
const consentColumns = [
  recordId,
  text('p', 'purpose'),
  text('c', 'channel'),
  text('s', 'status'),
  typedColumn('d', 'decided_at', 'datetime'),
  text('l', 'legal_basis'),
]

function recordColumns(plan: StreamPlan): StagedColumn[] {
  const traits = Object.keys(plan.mapping.traits).flatMap((trait) => {
    const type = plan.schema.traits[trait]?.type
    return type === undefined ? [] : [typedColumn(`t_${trait}`, traitColumn(trait), type)]
  })
  return [recordId, ...traits]
}

function eventColumns(plan: StreamPlan): StagedColumn[] {
  const types = propertyTypes(plan.schema)
  const properties = eventProperties(plan).map((property) =>
    typedColumn(`p_${property}`, propertyColumn(property), types.get(property) ?? 'text'),
  )
  return [
    recordId,
    text('n', 'name'),
    { key: 'o', column: 'ordinal', json: 'INTEGER' },
    typedColumn('t', 'time', 'datetime'),
    text('w', 'person_key'),
    ...properties,
  ]
}

/** SQL that reads one JSON text of columns ($1) into a staging table. */
function stagingSql(
  table: string,
  columns: readonly StagedColumn[],
  constants: Record<string, string> = {},
): string {
  const structure = Object.fromEntries(columns.map(({ key, json }) => [key, [jsonShape(json)]]))
  const cells = columns.map(({ key, convert = (value: string) => value }) => convert(`unnest(j."${key}")`))
  return `INSERT INTO ${table} (${[...columns.map(({ column }) => column), ...Object.keys(constants)].join(', ')})
    SELECT ${[...cells, ...Object.values(constants)].join(', ')}
    FROM (SELECT from_json($1::JSON, '${JSON.stringify(structure)}') AS j)`
}

/** How `from_json` is told a type: lists of texts as a list. */
const jsonShape = (type: string): string | string[] => (type === 'VARCHAR[]' ? ['VARCHAR'] : type)

/** Binds a plan to the function that stages the blocks of its stream. */
export function createBlockStager(
  duckdb: DuckDb,
  plan: StreamPlan,
): (block: NormalisedBlock) => Promise<void> {
  const recordSql = stagingSql('staged_record', recordColumns(plan), { is_person: String(plan.tellsPeople) })
  const identifierSql = stagingSql('staged_identifier', identifierColumns)
  const consentSql = stagingSql('staged_consent', consentColumns)
  const eventSql = stagingSql('staged_event', eventColumns(plan))
  return async ({ records, identifiers, consents, events }) => {
    await duckdb.run(recordSql, [records])
    if (identifiers !== null) await duckdb.run(identifierSql, [identifiers])
    if (consents !== null) await duckdb.run(consentSql, [consents])
    if (events !== null) await duckdb.run(eventSql, [events])
  }
}

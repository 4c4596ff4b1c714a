import type { DuckDBValue } from '@duckdb/node-api'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { EnrichmentManifest } from '../../../core/manifest/manifest.ts'
import { forgottenKind } from '../../../core/person-request/forgotten-name.ts'
import type { ExternalTable } from '../../../core/port/external-table.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { isForgotten } from '../erasure/tombstones.ts'
import type { IdentifierDigest } from '../suppression/digest.ts'
import { columnTypes, traitColumn } from '../tables.ts'
import type { EnrichmentContent } from './enrichment-rows.ts'
import { tableKey, type KeyRule } from './key-sql.ts'
import { createRowConverter } from './row-converter.ts'

const incoming = 'incoming_enrichment'

/** Most keys that an error about repeated ones shows. */
const mostExamples = 3

export interface LoadContext {
  readonly schema: ProfileSchema
  readonly signal: AbortSignal
  /** Recognises people who were erased. */
  readonly digest: IdentifierDigest | undefined
}

/** Where the rows of an enrichment are. Names of manifests hold no underscore, so no two share a table. */
export const enrichmentTable = (name: string): string => `enrichment_${name.replaceAll('-', '_')}`

/** What a manifest alone tells of an enrichment. */
export function describeContent(manifest: EnrichmentManifest, schema: ProfileSchema): EnrichmentContent {
  const { file, source, licence } = manifest
  const traits = Object.keys(manifest.traits).map((trait) => ({
    trait,
    type: schema.traits[trait]?.type ?? 'text',
  }))
  return {
    key: toKeyRule(manifest),
    traits,
    file,
    source,
    licence,
    rows: 0,
    skippedRows: 0,
    unusableValues: 0,
  }
}

function toKeyRule({ key }: EnrichmentManifest): KeyRule {
  if (key.identifier !== undefined) return { identifier: key.identifier }
  return { trait: key.trait ?? '', compare: key.compare, length: key.length ?? null }
}

/**
 * Reads a table and puts it in the place of what was read before. Must run inside a transaction. Throws, and leaves the old rows,
 * when a column is missing (`enrichment.unreadable_file`) or a key is there twice (`enrichment.duplicate_keys`).
 */
export async function loadEnrichment(
  duckdb: DuckDb,
  manifest: EnrichmentManifest,
  table: ExternalTable,
  context: LoadContext,
): Promise<EnrichmentContent> {
  const content = describeContent(manifest, context.schema)
  const needed = neededColumns(manifest)
  refuseMissingColumns(manifest, needed, table.columns)
  const traits = content.traits.map(({ trait, type }) => `${traitColumn(trait)} ${columnTypes[type]}`)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE ${incoming} (${['key VARCHAR', 'place BIGINT', ...traits].join(', ')})`,
  )
  try {
    const counts = await appendRows(duckdb, manifest, { table, needed, context })
    await refuseDuplicates(duckdb, manifest, content.key)
    const name = enrichmentTable(manifest.name)
    const columns = content.traits.map(({ trait }) => `, ${traitColumn(trait)}`).join('')
    const { head, condition, bound } = selectKeys(content.key, context)
    await duckdb.run(
      `CREATE OR REPLACE TABLE ${name} AS SELECT ${head}${columns}
       FROM (SELECT * REPLACE (${tableKey(content.key, 'key')} AS key) FROM ${incoming}) WHERE ${condition}`,
      bound,
    )
    const kept = await duckdb.one<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${name}`)
    const rows = Number(kept?.rows ?? 0n)
    return { ...content, rows, skippedRows: counts.read - rows, unusableValues: counts.unusable }
  } finally {
    await duckdb.run(`DROP TABLE IF EXISTS ${incoming}`)
  }
}

/** Rows of people who were erased are left out: an old file must not bring them back. */
function selectKeys(
  key: KeyRule,
  { schema, digest }: LoadContext,
): { readonly head: string; readonly condition: string; readonly bound: DuckDBValue[] } {
  if (!('identifier' in key)) return { head: 'key', condition: 'key IS NOT NULL', bound: [] }
  const bound: DuckDBValue[] = []
  const kind = `'${forgottenKind(schema, key.identifier)}'`
  const head = `'${key.identifier}' AS kind, key AS value`
  const isKnown = digest ? ` AND NOT (${isForgotten({ digest }, kind, 'key', bound)})` : ''
  return { head, condition: `key IS NOT NULL${isKnown}`, bound }
}

function neededColumns({ key, traits }: EnrichmentManifest): string[] {
  return [...new Set([key.from, ...Object.values(traits).flatMap(({ from }) => from)])]
}

/** A column that was joined and is gone would empty a trait of everybody. */
function refuseMissingColumns(
  { name, file }: EnrichmentManifest,
  needed: readonly string[],
  columns: readonly string[],
): void {
  const missing = needed.filter((column) => !columns.includes(column))
  if (missing.length === 0) return
  const said = `${file} has no column "${missing.join('", "')}"; it has: ${columns.slice(0, 50).join(', ')}`
  throw new AffluentError('enrichment.unreadable_file', {
    act: 'reading an enrichment',
    enrichment: name,
    said,
  })
}

interface Loading {
  readonly table: ExternalTable
  readonly needed: readonly string[]
  readonly context: LoadContext
}

async function appendRows(
  duckdb: DuckDb,
  manifest: EnrichmentManifest,
  { table, needed, context }: Loading,
): Promise<{ readonly read: number; readonly unusable: number }> {
  const converter = createRowConverter(manifest, context.schema)
  const counts = { read: 0, unusable: 0 }
  const countUnusable = (): void => {
    counts.unusable += 1
  }
  for await (const batch of table.rows(needed, context.signal)) {
    context.signal.throwIfAborted()
    counts.read += batch.length
    const rows = batch.flatMap((row): (readonly DuckDBValue[])[] => {
      const converted = 'fields' in row ? converter.convert(row.place, row.fields, countUnusable) : undefined
      return converted ? [converted] : []
    })
    const { types } = converter
    const columns = types.map((_, index) => rows.map((row) => row[index] ?? null))
    await duckdb.append(incoming, { types, columns })
  }
  return counts
}

/** Examples of an identifier name a person, so that only their lines are told. */
async function refuseDuplicates(
  duckdb: DuckDb,
  { name, file, key }: EnrichmentManifest,
  rule: KeyRule,
): Promise<void> {
  const repeated = await duckdb.all<{ key: string; places: string; keys: bigint }>(
    `SELECT key, array_to_string(list(place ORDER BY place)[:3], ', ') AS places, count(*) OVER () AS keys
     FROM (SELECT ${tableKey(rule, 'key')} AS key, place FROM ${incoming})
     WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1 ORDER BY min(place) LIMIT ${mostExamples}`,
  )
  const [first] = repeated
  if (!first) return
  const examples = repeated.map(({ key: value, places }) =>
    'identifier' in rule ? `(${places})` : `"${value.slice(0, 40)}" (${places})`,
  )
  throw new AffluentError('enrichment.duplicate_keys', {
    act: 'reading an enrichment',
    enrichment: name,
    file,
    column: key.from,
    keys: Number(first.keys),
    examples: examples.join('; '),
  })
}

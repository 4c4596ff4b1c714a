import { DuckDBTimestampValue } from '@duckdb/node-api'
import { z } from 'zod'
import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import { traitTypes } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'

const keyRule = z.union([
  z.object({ identifier: z.string() }),
  z.object({ trait: z.string(), compare: z.enum(['text', 'code']), length: z.number().nullable() }),
])

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

const told = z.object({
  key: keyRule,
  traits: z.array(z.object({ trait: z.string(), type: z.enum(traitTypes) })),
  file: z.string(),
  source: z.string(),
  licence: z.string(),
  rows: z.number(),
  skippedRows: z.number(),
  unusableValues: z.number(),
})

const failure = z.object({
  code: z.string().transform((code): ErrorCode => (isErrorCode(code) ? code : 'internal.unexpected')),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})

const enrichmentRow = z.object({
  name: z.string(),
  table: z.string().nullable(),
  digest: z.string(),
  fingerprint: z.string(),
  readAt: z.number().nullable(),
  told: z.string().transform((text) => told.parse(JSON.parse(text))),
  failure: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : failure.parse(JSON.parse(text)))),
})

/** What was told by the last good read, or, before the first, by the manifest alone. */
export type EnrichmentContent = z.output<typeof told>
type EnrichmentFailure = z.output<typeof failure>

/** An enrichment as the warehouse knows it. */
export interface EnrichmentRow extends EnrichmentContent {
  readonly name: string
  /** Where its rows are; null before the first good read. */
  readonly table: string | null
  /** Of the manifest and the file at the last try, good or not. */
  readonly digest: string
  readonly fingerprint: string
  /** Epoch milliseconds of the last good read. */
  readonly readAt: number | null
  readonly failure: EnrichmentFailure | null
}

export async function readEnrichmentRows(duckdb: Pick<DuckDb, 'all'>): Promise<EnrichmentRow[]> {
  const rows = await duckdb.all(
    `SELECT name, table_name AS "table", digest, fingerprint, epoch_ms(read_at)::DOUBLE AS "readAt", told, failure
     FROM enrichment ORDER BY name`,
  )
  return rows.map((row) => {
    const { told: content, ...rest } = enrichmentRow.parse(row)
    return { ...rest, ...content }
  })
}

export async function writeEnrichmentRow(duckdb: DuckDb, row: EnrichmentRow): Promise<void> {
  const { name, table, digest, fingerprint, readAt, failure: failed, ...content } = row
  await duckdb.run(`DELETE FROM enrichment WHERE name = $1`, [name])
  await duckdb.run(`INSERT INTO enrichment VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
    name,
    table,
    digest,
    fingerprint,
    readAt === null ? null : new DuckDBTimestampValue(BigInt(readAt) * 1000n),
    JSON.stringify(content),
    failed === null ? null : JSON.stringify(failed),
  ])
}

/** Forgets an enrichment and what it had read. */
export async function dropEnrichment(
  duckdb: DuckDb,
  { name, table }: Pick<EnrichmentRow, 'name' | 'table'>,
): Promise<void> {
  if (table !== null) await duckdb.run(`DROP TABLE IF EXISTS ${table}`)
  await duckdb.run(`DELETE FROM enrichment WHERE name = $1`, [name])
}

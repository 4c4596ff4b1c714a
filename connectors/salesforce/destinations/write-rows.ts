import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceContext } from '../config.ts'
import { ingest } from './bulk-ingest.ts'
import { sendCollection } from './collections.ts'
import { kindOf, type Refusal } from './record-errors.ts'

export type CellValue = string | number | boolean

/** Rows of one object that are written in one way. */
export interface RowWrite {
  readonly act: string
  readonly object: string
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete'
  /** For `upsert`: the field that rows are matched by. */
  readonly externalIdField?: string
  readonly rows: readonly Readonly<Record<string, CellValue>>[]
  /** Field that names a row in the answers of the Bulk API, different for each row. */
  readonly keyOf: (row: Readonly<Record<string, string | CellValue>>) => string
}

/** What became of one row. `unanswered`: the answer does not speak of it. */
export type RowResult =
  | { readonly kind: 'written'; readonly id: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unanswered' }

/** Records of one sObject Collections call (2.5). */
const rowsPerCall = 200

/**
 * Writes rows and tells what became of each, in their order. Up to `bulk_write_above` rows go by Collections, 200 a call, one call
 * after the other: rows of one parent (account, campaign) wait for each other's locks. More go by one Bulk API job. When the org
 * has no room left, the rest is not sent.
 */
export async function writeRows(
  context: SalesforceContext,
  write: RowWrite,
  signal: AbortSignal,
): Promise<readonly RowResult[]> {
  const results =
    write.rows.length > context.config.bulk_write_above
      ? await ingest(context, write, signal)
      : await sendChunks(context, write, signal)
  if (results.length !== write.rows.length) throw new AffluentError('internal.unexpected', { act: write.act })
  return results
}

async function sendChunks(
  context: SalesforceContext,
  write: RowWrite,
  signal: AbortSignal,
): Promise<RowResult[]> {
  const results: RowResult[] = []
  let full: RowResult | undefined
  for (let start = 0; start < write.rows.length; start += rowsPerCall) {
    const rows = write.rows.slice(start, start + rowsPerCall)
    const chunk = full ? rows.map(() => full) : await sendCollection(context, { ...write, rows }, signal)
    results.push(...chunk.flatMap((result) => result ?? []))
    full ??= chunk.find((result) => result?.kind === 'refused' && kindOf(result.refusal) === 'full')
  }
  return results
}

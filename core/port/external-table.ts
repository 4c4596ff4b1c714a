import type { JsonObject } from './json.ts'

/** One row of an external table: its values by column, or the code of why it has none. `place` counts rows or lines from 1. */
export type ExternalRow =
  | { readonly place: number; readonly fields: JsonObject }
  | { readonly place: number; readonly fault: string }

/** A file with a table that is open for reading. */
export interface ExternalTable {
  /** Tells this content from any other. */
  readonly fingerprint: string
  readonly columns: readonly string[]
  /** The rows in batches; only the columns named, which must be among `columns`. */
  rows(columns: readonly string[], signal: AbortSignal): AsyncIterable<readonly ExternalRow[]>
  close(): Promise<void>
}

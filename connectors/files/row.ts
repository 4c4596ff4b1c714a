import type { Reason } from '../../core/connector/outcome.ts'

/** One row of a file: its value, or why it has none. `line` counts from 1; `raw` is its text, without the line end. */
export type Row<Value> =
  | { readonly line: number; readonly raw: string; readonly value: Value }
  | { readonly line: number; readonly raw: string; readonly fault: Reason }

/** Longest row in bytes. A longer one is quarantined without being held in memory. */
export const maxRowBytes = 1024 * 1024

/** How much of a faulty row is kept, in characters (see `QuarantinedRow.raw`). */
export const maxRawLength = 64 * 1024

/** Most columns of a file, or keys of a JSON row. */
export const maxColumns = 10_000

/** A row's fault as data; `code` is stable, `message` holds no content of the row. */
export function fault(code: string, message: string): Reason {
  return { code, message }
}

export const rowTooLarge = fault('row_too_large', `The row is longer than ${maxRowBytes} bytes.`)

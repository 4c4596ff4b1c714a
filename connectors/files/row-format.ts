import type { Block } from './block.ts'
import type { Row } from './row.ts'

/**
 * What follows a block of whole lines.
 * - `more`: a record that is not finished is left for the next block.
 * - `first_must_end`: so is it, but the record that the block starts with is longer than a row may be.
 * - `last`: nothing.
 */
export type BlockEnd = 'more' | 'first_must_end' | 'last'

export interface ParsedBlock<Value> {
  readonly rows: readonly Row<Value>[]
  /** First line that was not taken. */
  readonly endLine: number
  /** True when no line was left. */
  readonly isAll: boolean
}

/** A way to write rows into lines. Neither throws nor stops on a bad row: the row carries its fault. */
export interface RowFormat<Value> {
  parse(block: Block, end: BlockEnd): ParsedBlock<Value>
}

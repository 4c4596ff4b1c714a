import { Block, type Position } from './block.ts'
import type { FileEncoding } from './config.ts'
import type { BlockEnd, RowFormat } from './row-format.ts'
import { maxRawLength, maxRowBytes, rowTooLarge, type Row } from './row.ts'

/** Rows that were read together. */
export interface RowBatch<Value> {
  readonly rows: readonly Row<Value>[]
  /** Where one of its rows starts. */
  positionOf(row: Row<Value>): Position
  /** Where the next batch starts. */
  readonly end: Position
}

const newline = 10
const nothing = Buffer.alloc(0)

/**
 * Cuts a stream of bytes into rows, holding at most one chunk and one row of the longest kind. What it gives does not depend on how
 * the bytes were cut into chunks, so a read that resumes in the middle gives what an uninterrupted one gives.
 */
export class RowReader<Value> {
  readonly #format: RowFormat<Value>
  readonly #encoding: FileEncoding
  #position: Position
  /** Bytes from `#position` on that are not rows yet. */
  #carry: Buffer = nothing
  /** A line that grew too long: its start and its place; the rest of it is passed over. */
  #tooLong: { readonly head: Buffer; readonly start: Position } | undefined

  constructor(format: RowFormat<Value>, encoding: FileEncoding, start: Position) {
    this.#format = format
    this.#encoding = encoding
    this.#position = start
  }

  /** Takes the next bytes of the file and gives the rows they complete. */
  *push(chunk: Buffer): Generator<RowBatch<Value>> {
    let bytes = chunk
    if (this.#tooLong) {
      const end = bytes.indexOf(newline)
      if (end < 0) {
        this.#pass(bytes.length, 0)
        return
      }
      this.#pass(end + 1, 1)
      yield this.#endTooLong(this.#tooLong)
      bytes = bytes.subarray(end + 1)
    }
    this.#carry = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes])
    yield* this.#parse('more')
    while (this.#carry.length > maxRowBytes && this.#carry.includes(newline))
      yield* this.#parse('first_must_end')
    if (this.#carry.length > maxRowBytes) this.#startTooLong()
  }

  /** Gives the rows that the end of the file completes. */
  *end(): Generator<RowBatch<Value>> {
    if (this.#tooLong) yield this.#endTooLong(this.#tooLong)
    yield* this.#parse('last')
  }

  *#parse(end: BlockEnd): Generator<RowBatch<Value>> {
    const length = end === 'last' ? this.#carry.length : this.#carry.lastIndexOf(newline) + 1
    if (length === 0) return
    const block = new Block(this.#carry.subarray(0, length), this.#position, this.#encoding)
    const { rows, endLine, isAll } = this.#format.parse(block, end)
    const next = isAll ? { byte: this.#position.byte + length, line: endLine } : block.positionOf(endLine)
    this.#carry = this.#carry.subarray(next.byte - this.#position.byte)
    this.#position = next
    if (rows.length > 0) yield { rows, positionOf: (row) => block.positionOf(row.line), end: next }
  }

  #startTooLong(): void {
    this.#tooLong = { head: Buffer.from(this.#carry.subarray(0, maxRawLength)), start: this.#position }
    this.#pass(this.#carry.length, 0)
    this.#carry = nothing
  }

  #endTooLong({ head, start }: { head: Buffer; start: Position }): RowBatch<Value> {
    this.#tooLong = undefined
    const raw = new Block(head, start, this.#encoding).text
    return {
      rows: [{ line: start.line, raw, fault: rowTooLarge }],
      positionOf: () => start,
      end: this.#position,
    }
  }

  #pass(bytes: number, lines: number): void {
    this.#position = { byte: this.#position.byte + bytes, line: this.#position.line + lines }
  }
}

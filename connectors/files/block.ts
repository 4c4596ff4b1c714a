import { isUtf8 } from 'node:buffer'
import type { Reason } from '../../core/connector/outcome.ts'
import type { FileEncoding } from './config.ts'
import { fault, maxRowBytes } from './row.ts'

/** Where a row starts: bytes of the unpacked file before it, and its line number from 1. */
export interface Position {
  readonly byte: number
  readonly line: number
}

const newline = 10
const windows1252 = new TextDecoder('windows-1252')

/** Whole lines of a file, decoded. */
export class Block {
  readonly text: string
  readonly start: Position
  /** True when no row of it needs a closer look: valid bytes, no NUL. */
  readonly isClean: boolean
  readonly #bytes: Buffer
  /** The last line that was looked for: rows ask in order, so each search goes on where the one before ended. */
  #found: { readonly line: number; readonly offset: number }

  constructor(bytes: Buffer, start: Position, encoding: FileEncoding) {
    const decoded = decode(bytes, encoding)
    this.text = start.byte === 0 && decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded
    this.start = start
    this.isClean = (encoding !== 'utf-8' || isUtf8(bytes)) && !this.text.includes('\0')
    this.#bytes = bytes
    this.#found = { line: start.line, offset: 0 }
  }

  /** Position of the start of a line; the line after the last one is the block's end. */
  positionOf(line: number): Position {
    return { byte: this.start.byte + this.#offsetOf(line), line }
  }

  /** True when lines [`line`, `line + count`), whose text has `length` characters, take more bytes than a row may. */
  isTooLong(line: number, count: number, length: number): boolean {
    // Bytes are counted only where there may be too many: a unit of UTF-16 takes at most three, line ends two.
    if ((length + 2) * 3 <= maxRowBytes) return false
    return this.#offsetOf(line + count) - this.#offsetOf(line) > maxRowBytes
  }

  /**
   * What is wrong with the bytes of lines [`line`, `line + count`), if anything. The text alone does not tell: a valid file may hold
   * U+FFFD itself.
   */
  screen(line: number, count: number): Reason | undefined {
    if (this.isClean) return undefined
    const from = this.#offsetOf(line)
    const bytes = this.#bytes.subarray(from, this.#offsetOf(line + count))
    if (bytes.includes(0)) return fault('nul_character', 'The row contains a NUL character.')
    return isUtf8(bytes) ? undefined : fault('invalid_encoding', 'The row contains bytes that are not UTF-8.')
  }

  #offsetOf(line: number): number {
    let found = line < this.#found.line ? { line: this.start.line, offset: 0 } : this.#found
    while (found.line < line) {
      const end = this.#bytes.indexOf(newline, found.offset)
      found = { line: found.line + 1, offset: end < 0 ? this.#bytes.length : end + 1 }
    }
    this.#found = found
    return found.offset
  }
}

function decode(bytes: Buffer, encoding: FileEncoding): string {
  if (encoding === 'utf-8') return bytes.toString('utf8')
  return encoding === 'latin1' ? bytes.toString('latin1') : windows1252.decode(bytes)
}

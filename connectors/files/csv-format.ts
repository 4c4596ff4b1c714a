import type { Reason } from '../../core/connector/outcome.ts'
import type { Block } from './block.ts'
import { parseQuotedRecord, unclosedQuote, type QuotedRecord } from './csv-record.ts'
import type { BlockEnd, ParsedBlock, RowFormat } from './row-format.ts'
import { fault, rowTooLarge, type Row } from './row.ts'

export interface CsvOptions {
  readonly delimiter: string
  /** How many values each row must have. Absent while the header itself is read. */
  readonly columns?: number
}

/**
 * CSV in blocks of whole lines. It frames the records itself, and not with `csv-parse`, for three reasons: after a broken quote it
 * goes on at the next line instead of losing the rest of the file; it knows line and byte of each record for nothing; lines
 * without quotes, nearly all, are split by the engine's own `split` (README, "Speed"). `csv-parse` is the oracle of its tests.
 */
export function createCsvFormat(options: CsvOptions): RowFormat<readonly string[]> {
  return { parse: (block, end) => new CsvBlockParser(block, options, end).parse() }
}

const swallowedRows = fault(
  'invalid_quotes',
  'A quoted value goes over several lines and the columns do not fit.',
)

/** Walks one block. Positions are characters of the block's text; every record starts at the start of a line. */
class CsvBlockParser {
  readonly #block: Block
  readonly #options: CsvOptions
  readonly #end: BlockEnd
  readonly #rows: Row<readonly string[]>[] = []
  #at = 0
  #line: number
  #nextQuote = -1

  constructor(block: Block, options: CsvOptions, end: BlockEnd) {
    this.#block = block
    this.#options = options
    this.#end = end
    this.#line = block.start.line
  }

  parse(): ParsedBlock<readonly string[]> {
    const { text } = this.#block
    while (this.#at < text.length) {
      const newline = text.indexOf('\n', this.#at)
      const lineEnd = newline < 0 ? text.length : newline
      if (this.#nextQuote < this.#at) this.#nextQuote = findFrom(text, '"', this.#at)
      if (this.#nextQuote >= lineEnd) this.#takePlainLine(lineEnd)
      else if (!this.#takeQuotedRecord(lineEnd)) break
    }
    return { rows: this.#rows, endLine: this.#line, isAll: this.#at >= text.length }
  }

  #takePlainLine(lineEnd: number): void {
    const { text } = this.#block
    const raw = text.slice(this.#at, text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd)
    if (raw !== '') this.#push(raw, raw.split(this.#options.delimiter), 1)
    this.#advance(lineEnd, 1)
  }

  /** False when the record goes on after the block. */
  #takeQuotedRecord(lineEnd: number): boolean {
    const record = parseQuotedRecord(this.#block.text, this.#at, this.#options.delimiter)
    const reason = this.#findQuoteFault(record)
    if (record && 'values' in record && !reason) {
      this.#push(this.#block.text.slice(this.#at, record.end), record.values, record.lines)
      this.#advance(record.end, record.lines)
      return true
    }
    const mustEnd = this.#end === 'last' || (this.#end === 'first_must_end' && this.#at === 0)
    if (!record && !mustEnd) return false
    // Only the first line is given up: what follows a broken quote are rows of their own.
    const raw = this.#block.text.slice(this.#at, lineEnd)
    const isTooLong = this.#block.isTooLong(this.#line, 1, raw.length)
    this.#pushFault(raw, isTooLong ? rowTooLarge : (reason ?? unclosedQuote))
    this.#advance(lineEnd, 1)
    return true
  }

  /**
   * A record over several lines that is too long, or has the wrong shape, swallowed rows after a quote that was left open. Length
   * comes first: it alone does not depend on how much of the file is at hand.
   */
  #findQuoteFault(record: QuotedRecord | undefined): Reason | undefined {
    if (!record) return unclosedQuote
    const { lines } = record
    if (lines > 1 && this.#block.isTooLong(this.#line, lines, record.end - this.#at)) return unclosedQuote
    if ('fault' in record) return record.fault
    const { columns } = this.#options
    return lines > 1 && columns !== undefined && record.values.length !== columns ? swallowedRows : undefined
  }

  #push(raw: string, values: readonly string[], lines: number): void {
    const reason = this.#findFault(raw, values.length, lines)
    if (reason) this.#pushFault(raw, reason)
    else this.#rows.push({ line: this.#line, raw, value: values })
  }

  #findFault(raw: string, count: number, lines: number): Reason | undefined {
    if (this.#block.isTooLong(this.#line, lines, raw.length)) return rowTooLarge
    const wrongBytes = this.#block.screen(this.#line, lines)
    if (wrongBytes) return wrongBytes
    const { columns } = this.#options
    return columns === undefined || count === columns
      ? undefined
      : fault('column_count', `${columns} columns are expected, the row has ${count}.`)
  }

  #pushFault(raw: string, reason: Reason): void {
    this.#rows.push({ line: this.#line, raw, fault: reason })
  }

  #advance(lineEnd: number, lines: number): void {
    this.#at = lineEnd + 1
    this.#line += lines
  }
}

function findFrom(text: string, part: string, from: number): number {
  const found = text.indexOf(part, from)
  return found < 0 ? text.length : found
}

import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCsvFormat } from '../../../../connectors/files/csv-format.ts'
import { RowReader } from '../../../../connectors/files/row-reader.ts'
import type { Row } from '../../../../connectors/files/row.ts'

interface ReadOptions {
  /** Where the bytes are cut into chunks, as shares of their length. */
  readonly cuts?: readonly number[]
  readonly columns?: number
  readonly from?: { readonly byte: number; readonly line: number }
}

function readRows(bytes: Buffer, { cuts = [], columns, from }: ReadOptions = {}): Row<readonly string[]>[] {
  const format = createCsvFormat({ delimiter: ',', ...(columns !== undefined && { columns }) })
  const reader = new RowReader(format, 'utf-8', from ?? { byte: 0, line: 1 })
  const ends = [...cuts.map((share) => Math.floor(share * bytes.length)), bytes.length].sort((a, b) => a - b)
  const rows: Row<readonly string[]>[] = []
  let start = from?.byte ?? 0
  for (const end of ends) {
    if (end <= start) continue
    for (const batch of reader.push(bytes.subarray(start, end))) rows.push(...batch.rows)
    start = end
  }
  for (const batch of reader.end()) rows.push(...batch.rows)
  return rows
}

const valuesOf = (rows: readonly Row<readonly string[]>[]): unknown[] =>
  rows.map((row) => ('value' in row ? row.value : `line ${row.line}: ${row.fault.code}`))
const readText = (text: string, columns?: number): unknown[] =>
  valuesOf(readRows(Buffer.from(text), columns === undefined ? {} : { columns }))

/** Values that tempt a parser: delimiters, quotes, line ends, spaces, letters of one to four bytes. */
const value = fc.string({
  unit: fc.constantFrom('a', 'é', '漢', '🙂', ',', '"', '\n', '\r\n', ' ', ';', "'"),
})
const record = fc.array(value, { minLength: 2, maxLength: 5 })
const lineEnd = fc.constantFrom('\n', '\r\n')
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

function writeRecord(values: readonly string[]): string {
  return values.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
}

describe('createCsvFormat', () => {
  it('gives the values that were written, as csv-parse does, however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), lineEnd, cuts, (records, end, cuts) => {
        const bytes = Buffer.from(records.map((values) => writeRecord(values) + end).join(''))
        expect(valuesOf(readRows(bytes, { cuts }))).toEqual(records)
        expect(parse(bytes, { relax_column_count: true })).toEqual(records)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same rows, faults and lines of any bytes, however they are cut and wherever it resumes', () => {
    const dirty = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\uFFFD', '\0'),
      maxLength: 60,
    })
    const broken = fc.uint8Array({ maxLength: 3 })
    fc.assert(
      fc.property(dirty, broken, dirty, cuts, (head, middle, tail, cuts) => {
        const bytes = Buffer.concat([Buffer.from(head), middle, Buffer.from(tail)])
        const whole = readRows(bytes, { columns: 2 })
        expect(readRows(bytes, { columns: 2, cuts })).toEqual(whole)
        for (const [index, row] of whole.entries()) {
          const from = { byte: startOfLine(bytes, row.line), line: row.line }
          expect(readRows(bytes, { columns: 2, cuts, from })).toEqual(whole.slice(index))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('goes on at the next line after a quote that is never closed', () => {
    expect(readText('1,a\n2,"open,b\n3,c\n4,d\n', 2)).toEqual([
      ['1', 'a'],
      'line 2: unclosed_quote',
      ['3', 'c'],
      ['4', 'd'],
    ])
  })

  it('goes on at the next line when an open quote meets the quote of a later row', () => {
    expect(readText('1,"open\n2,b\n3,"c"\n4,d\n', 2)).toEqual([
      'line 1: invalid_quotes',
      ['2', 'b'],
      ['3', 'c'],
      ['4', 'd'],
    ])
  })

  it('takes back the rows that an open quote swallowed when the shape betrays it', () => {
    expect(readText('1,"open\n2,b\n3,c",x\n4,d\n', 2)).toEqual([
      'line 1: invalid_quotes',
      ['2', 'b'],
      'line 3: invalid_quotes',
      ['4', 'd'],
    ])
  })

  it('gives up a record after 256 lines in quotes, and no row after it', () => {
    const within = `1,"${'x\n'.repeat(255)}"\n2,b\n`
    const beyond = `1,"${'3,c\n'.repeat(256)}"\n2,b\n`
    expect(readText(within, 2)).toHaveLength(2)
    const rows = readText(beyond, 2)
    expect(rows[0]).toBe('line 1: unclosed_quote')
    expect(rows.slice(-3)).toEqual([['3', 'c'], 'line 257: unclosed_quote', ['2', 'b']])
  })

  it.each([
    ['a quote inside of a plain value', '5" nail,b'],
    ['text after a closing quote', '"a"b,c'],
    ['a space before an opening quote', 'a, "b"'],
  ])('refuses %s', (_what, line) => {
    expect(readText(`${line}\n1,2\n`, 2)).toEqual(['line 1: invalid_quotes', ['1', '2']])
  })

  it('refuses rows with too few and too many columns, and passes over empty lines without losing count', () => {
    expect(readText('1,a\n\n2\r\n\r\n3,b,c\n4,d', 2)).toEqual([
      ['1', 'a'],
      'line 3: column_count',
      'line 5: column_count',
      ['4', 'd'],
    ])
  })

  it('sets aside rows with bytes of another encoding or a NUL, and keeps a genuine U+FFFD', () => {
    const bytes = Buffer.concat([
      Buffer.from('1,é\n2,'),
      Buffer.from('é', 'latin1'),
      Buffer.from('\n3,a\0b\n4,\uFFFD\n'),
    ])
    expect(valuesOf(readRows(bytes, { columns: 2 }))).toEqual([
      ['1', 'é'],
      'line 2: invalid_encoding',
      'line 3: nul_character',
      ['4', '\uFFFD'],
    ])
  })

  it.each([
    ['plain', `2,${'x'.repeat(10 * 1024 * 1024)}`],
    ['in quotes', `2,"${'x'.repeat(10 * 1024 * 1024)}"`],
    ['of just over the limit', `2,${'x'.repeat(1024 * 1024)}`],
    ['of just over the limit in bytes', `2,${'é'.repeat(524_288)}`],
  ])('sets aside a cell of 10 MB, %s, cut into chunks or not', (_what, line) => {
    const bytes = Buffer.from(`1,a\n${line}\n3,c\n`)
    for (const cuts of [[], [0.2, 0.21, 0.5, 0.9]])
      expect(valuesOf(readRows(bytes, { columns: 2, cuts }))).toEqual([
        ['1', 'a'],
        'line 2: row_too_large',
        ['3', 'c'],
      ])
  })

  it('keeps a row of just the longest length', () => {
    const bytes = Buffer.from(`1,${'x'.repeat(1024 * 1024 - 3)}\n2,b\n`)
    for (const cuts of [[], [0.3, 0.9999]])
      expect(readRows(bytes, { columns: 2, cuts })).toMatchObject([{ line: 1, value: {} }, { line: 2 }])
  })

  it('gives up a quoted record over the longest length, and only its first line', () => {
    const filler = `${'x'.repeat(20_000)}\n`
    const bytes = Buffer.from(`1,"${filler.repeat(60)}"\n2,b\n`)
    for (const cuts of [[], [0.1, 0.5, 0.95]]) {
      const rows = valuesOf(readRows(bytes, { columns: 2, cuts }))
      expect(rows[0]).toBe('line 1: unclosed_quote')
      expect(rows.at(-1)).toEqual(['2', 'b'])
      expect(rows).toHaveLength(62)
    }
  })
})

function startOfLine(bytes: Buffer, line: number): number {
  let start = 0
  for (let passed = 1; passed < line; passed += 1) start = bytes.indexOf(10, start) + 1
  return start
}

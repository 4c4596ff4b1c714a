import type { PlatformError } from '../../core/errors/affluent-error.ts'
import type { StreamConfig } from './config.ts'
import { createCsvFormat } from './csv-format.ts'
import { fileError, type FilePlace, type OpenFile } from './open-file.ts'
import { RowReader } from './row-reader.ts'
import { maxColumns, type Row } from './row.ts'

/** The first rows' names: one per column; empty where a column has none and is never read. */
export type Header = readonly string[]

/** Reads and checks the header line. Throws `platform.invalid_request` with what is wrong with it and the repair. */
export async function readHeader(
  file: OpenFile,
  place: FilePlace,
  { stream, signal }: { stream: StreamConfig; signal: AbortSignal },
): Promise<Header> {
  const refuse = (words: string): PlatformError => fileError('platform.invalid_request', place, words)
  const row = await readFirstRow(file, stream, signal)
  if (!row) throw refuse('is empty; its first line must name the columns')
  if ('fault' in row) {
    const repair = 'check "encoding", or save the file as UTF-8'
    throw refuse(`has a header that cannot be read (${row.fault.code}: ${row.fault.message}); ${repair}`)
  }
  if (row.raw.includes('\r')) throw refuse('ends its lines with CR alone; save it with LF or CRLF line ends')
  if (row.value.length > maxColumns)
    throw refuse(`has ${row.value.length} columns; at most ${maxColumns} are read, so check "delimiter"`)
  const header = row.value.map((name) => name.trim())
  const double = header.find((name, index) => name !== '' && header.indexOf(name) !== index)
  if (double !== undefined) throw refuse(`names the column "${double}" twice; name each column once`)
  if (header.includes('__proto__'))
    throw refuse('names a column "__proto__", which cannot be used; rename it')
  return header
}

async function readFirstRow(
  file: OpenFile,
  stream: StreamConfig,
  signal: AbortSignal,
): Promise<Row<readonly string[]> | undefined> {
  const reader = new RowReader(createCsvFormat(stream), stream.encoding, { byte: 0, line: 1 })
  for await (const { bytes } of file.readChunks(0, signal))
    for (const batch of reader.push(bytes)) return batch.rows[0]
  for (const batch of reader.end()) return batch.rows[0]
  return undefined
}

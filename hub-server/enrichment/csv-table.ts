import type { StreamConfig } from '../../connectors/files/config.ts'
import { createCsvFormat } from '../../connectors/files/csv-format.ts'
import { readHeader, type Header } from '../../connectors/files/header.ts'
import { openFile, type FilePlace, type OpenFile } from '../../connectors/files/open-file.ts'
import { RowReader } from '../../connectors/files/row-reader.ts'
import type { Row } from '../../connectors/files/row.ts'
import type { EnrichmentManifest } from '../../core/manifest/manifest.ts'
import type { ExternalRow, ExternalTable } from '../../core/port/external-table.ts'

/** A CSV file as an external table, read as the connector of files reads it: broken rows are told by line, and cost no other. */
export async function openCsvTable(
  workspace: string,
  { file: path, delimiter, encoding }: Pick<EnrichmentManifest, 'file' | 'delimiter' | 'encoding'>,
): Promise<ExternalTable> {
  const place: FilePlace = { workspace, folder: '.', path }
  const stream: StreamConfig = { path, format: 'csv', delimiter, encoding, snapshot: false }
  const file = await openFile(place)
  try {
    const header = await readHeader(file, place, { stream, signal: new AbortController().signal })
    return {
      fingerprint: file.fingerprint,
      columns: header.filter((name) => name !== ''),
      rows: (columns, signal) => readRows({ file, stream, header }, columns, signal),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

interface OpenedCsv {
  readonly file: OpenFile
  readonly stream: StreamConfig
  readonly header: Header
}

async function* readRows(
  { file, stream, header }: OpenedCsv,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<readonly ExternalRow[]> {
  const kept = columns.map((name) => ({ name, index: header.indexOf(name) }))
  const format = createCsvFormat({ delimiter: stream.delimiter, columns: header.length })
  const reader = new RowReader(format, stream.encoding, { byte: 0, line: 1 })
  const toExternal = (row: Row<readonly string[]>): ExternalRow => {
    if ('fault' in row) return { place: row.line, fault: row.fault.code }
    const fields = kept.map(({ name, index }) => [name, row.value[index] ?? ''])
    return { place: row.line, fields: Object.fromEntries(fields) }
  }
  let passed = 0
  const withoutHeader = (rows: readonly Row<readonly string[]>[]): readonly ExternalRow[] => {
    const own = passed === 0 ? rows.slice(1) : rows
    passed += rows.length
    return own.map(toExternal)
  }
  for await (const { bytes } of file.readChunks(0, signal))
    for (const { rows } of reader.push(bytes)) yield withoutHeader(rows)
  for (const { rows } of reader.end()) yield withoutHeader(rows)
  await file.expectUnchanged()
}

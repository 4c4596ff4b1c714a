import type { ConnectorContext } from '../../../core/connector/connector.ts'
import type { ReadRequest, Source, SourcePage } from '../../../core/connector/source.ts'
import type { Position } from '../block.ts'
import type { FilesConfig, StreamConfig } from '../config.ts'
import { createCsvFormat } from '../csv-format.ts'
import { resumeFrom } from '../cursor.ts'
import { readHeader, type Header } from '../header.ts'
import { jsonLinesFormat } from '../json-lines-format.ts'
import { fileError, openFile, type FilePlace, type OpenFile } from '../open-file.ts'
import { PageBuilder } from '../page-builder.ts'
import type { RowFormat } from '../row-format.ts'
import { RowReader, type RowBatch } from '../row-reader.ts'
import { createCsvConversion, createJsonConversion, idColumns, type ConvertRow } from '../to-record.ts'

type FilesContext = ConnectorContext<FilesConfig>

/** One stream of the configuration as a source. */
export function createFileSource(name: string, stream: StreamConfig): Source<FilesConfig> {
  return {
    name,
    description: `Rows of ${stream.path}.`,
    deletions: stream.snapshot ? 'absence' : 'none',
    // What a snapshot lacks is only known by reading all of it, so it never goes on from an older cursor.
    incremental: !stream.snapshot,
    fields: null,
    async *read(context, request) {
      request.signal.throwIfAborted()
      const place = placeOf(context, stream)
      const file = await openFile(place)
      try {
        const start = resumeFrom(request.cursor, file.fingerprint)
        if (start !== null) yield* readFrom({ context, name, stream, place, file, request, start })
      } finally {
        await file.close()
      }
    },
  }
}

export function placeOf(context: FilesContext, stream: StreamConfig): FilePlace {
  return { workspace: context.workspace, folder: context.config.folder, path: stream.path }
}

interface FileRead {
  readonly context: FilesContext
  readonly name: string
  readonly stream: StreamConfig
  readonly place: FilePlace
  readonly file: OpenFile
  readonly request: ReadRequest
  /** Undefined: the start of the file. */
  readonly start: Position | undefined
}

async function* readFrom(read: FileRead): AsyncGenerator<SourcePage> {
  const { stream, file, place, request } = read
  if (stream.format === 'json_lines') {
    yield* readPages(read, jsonLinesFormat, createJsonConversion(stream, request.fields))
    return
  }
  const header = await readHeader(file, place, { stream, signal: request.signal })
  expectColumns(header, place, [...idColumns(stream), ...listed(stream.version_at), ...request.fields])
  const format = createCsvFormat({ delimiter: stream.delimiter, columns: header.length })
  yield* readPages(read, format, createCsvConversion(header, stream, request.fields))
}

/** A column that was mapped and is gone would empty a trait of everybody, so the read stops before the first row. */
function expectColumns(header: Header, place: FilePlace, names: readonly string[]): void {
  const missing = names.filter((name) => !header.includes(name))
  if (missing.length === 0) return
  const has = header.slice(0, 50).join(', ')
  throw fileError(
    'platform.invalid_request',
    place,
    `has no column "${missing.join('", "')}"; it has: ${has}`,
  )
}

async function* readPages<Value>(
  read: FileRead,
  format: RowFormat<Value>,
  convert: ConvertRow<Value>,
): AsyncGenerator<SourcePage> {
  const { context, file, request } = read
  const builder = new PageBuilder(convert, file.fingerprint, context.config.page_size)
  let isHeaderAhead = read.start === undefined && read.stream.format === 'csv'
  for await (const { batch, progress } of readBatches(read, format))
    for (const row of batch.rows) {
      if (isHeaderAhead) {
        isHeaderAhead = false
        continue
      }
      if (builder.isFull) {
        yield builder.take(batch.positionOf(row), progress)
        request.signal.throwIfAborted()
      }
      builder.add(row)
    }
  await file.expectUnchanged()
  yield builder.take(null, 1)
  if (builder.repeatedIds > 0)
    context.logger.warn('file_ids_repeated', { stream: read.name, count: builder.repeatedIds })
}

async function* readBatches<Value>(
  { file, stream, request, start = { byte: 0, line: 1 } }: FileRead,
  format: RowFormat<Value>,
): AsyncGenerator<{ batch: RowBatch<Value>; progress: number }> {
  const reader = new RowReader(format, stream.encoding, start)
  for await (const { bytes, progress } of file.readChunks(start.byte, request.signal))
    for (const batch of reader.push(bytes)) yield { batch, progress }
  for (const batch of reader.end()) yield { batch, progress: 1 }
}

function listed<Item>(item: Item | undefined): readonly Item[] {
  return item === undefined ? [] : [item]
}

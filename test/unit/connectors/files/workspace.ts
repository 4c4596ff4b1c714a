import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { filesConnector } from '../../../../connectors/files/connector.ts'
import type { Connection } from '../../../../core/connector/connector.ts'
import type { Cursor, SourcePage } from '../../../../core/connector/source.ts'
import type { JsonObject } from '../../../../core/port/json.ts'
import { createDirectCaller } from '../../../support/direct-caller.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'

/** A folder of its own for one test, removed when the test ends. */
export interface TestWorkspace {
  readonly folder: string
  /** What the connector logged: "event {fields}". */
  readonly logged: readonly string[]
  write(name: string, content: string | Uint8Array): Promise<void>
  /** A connection whose only stream is `rows`: a CSV file "rows.csv" with the id column "id", unless told otherwise. */
  connect(stream?: JsonObject, config?: JsonObject): Connection
}

export async function createWorkspace(): Promise<TestWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const logged: string[] = []
  const log = (event: string, fields?: object): void => void logged.push(`${event} ${JSON.stringify(fields)}`)
  return {
    folder,
    logged,
    async write(name, content) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    },
    connect: (stream = {}, config = {}) =>
      filesConnector.connect(
        {
          connection: 'shop',
          workspace: folder,
          clock: createFixedClock(0),
          logger: { debug: log, info: log, warn: log, error: log },
          call: createDirectCaller(),
          fetch: globalThis.fetch,
        },
        { streams: { rows: { path: 'rows.csv', format: 'csv', id: 'id', ...stream } }, ...config },
      ),
  }
}

/** Reads the stream `rows` to its end, or as many pages as asked for. */
export async function readRows(
  connection: Connection,
  {
    cursor = null,
    fields = [],
    pages = Number.POSITIVE_INFINITY,
  }: { cursor?: Cursor; fields?: string[]; pages?: number } = {},
): Promise<SourcePage[]> {
  const read: SourcePage[] = []
  const signal = new AbortController().signal
  for await (const page of connection.source('rows')?.read({ cursor, fields, signal }) ?? []) {
    read.push(page)
    if (read.length === pages) break
  }
  return read
}

/** Each row in a few words: "id" of a record, "line n: code" of a quarantined row. */
export function summarise(pages: readonly SourcePage[]): string[] {
  return pages.flatMap((page) => [
    ...page.records.map((record) => record.externalId),
    ...page.quarantined.map((row) => `${row.place}: ${row.reason.code}`),
  ])
}

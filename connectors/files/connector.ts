import {
  defineConnector,
  type ConnectionCheck,
  type ConnectorContext,
} from '../../core/connector/connector.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { filesConfig, type FilesConfig, type StreamConfig } from './config.ts'
import { readHeader } from './header.ts'
import { openFile } from './open-file.ts'
import { createFileSource, placeOf } from './sources/file-source.ts'

/** CSV and JSON Lines files of the workspace. It reads the disk and calls nobody, so it has no budgets and no sandbox. */
export const filesConnector = defineConnector({
  slug: 'files',
  title: 'Files (CSV, JSON Lines)',
  apiVersion: '1',
  config: filesConfig,
  auth: { kind: 'none' },
  budgets: [],
  sources: [],
  openSources: (config) =>
    Object.entries(config.streams).map(([name, stream]) => createFileSource(name, stream)),
  destinations: [],
  test: (context) =>
    Promise.all(
      Object.entries(context.config.streams).map(([name, stream]) => checkStream(context, name, stream)),
    ),
})

/** Opens the file and reads its header: what a first run would stumble over. */
async function checkStream(
  context: ConnectorContext<FilesConfig>,
  name: string,
  stream: StreamConfig,
): Promise<ConnectionCheck> {
  const label = `the stream "${name}" can be read`
  try {
    const place = placeOf(context, stream)
    const file = await openFile(place)
    try {
      const signal = new AbortController().signal
      if (stream.format === 'csv') await readHeader(file, place, { stream, signal })
    } finally {
      await file.close()
    }
    return { name: label, ok: true }
  } catch (error) {
    if (!(error instanceof AffluentError)) throw error
    return { name: label, ok: false, remedy: String(error.params['said'] ?? error.message) }
  }
}

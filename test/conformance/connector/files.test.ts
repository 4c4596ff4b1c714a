import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { filesConnector } from '../../../connectors/files/connector.ts'
import type { ConnectorHarness, SourceCase } from './harness.ts'
import { connectorSuite } from './suite.ts'

const ids = Array.from({ length: 25 }, (_, index) => `c${index + 1}`)
const goodRows = ids.map((id) => `${id},${id}@example.com,"two\r\nlines",FR`)
// Line 1 is the header; each good row takes two lines, so the sixth row of data starts at line 12.
const csv = ['id,email,note,country', ...goodRows.toSpliced(5, 0, 'c99,"never closed,x,FR')].join('\r\n')
const jsonLines = ids
  .map((id) => JSON.stringify({ id, email: `${id}@example.com`, country: 'FR' }))
  .join('\n')

const streams = {
  contacts: { path: 'contacts.csv', format: 'csv', id: 'id' },
  packed: { path: 'contacts.csv.gz', format: 'csv', id: 'id' },
  people: { path: 'people.jsonl', format: 'json_lines', id: 'id' },
} as const

async function startFilesHarness(): Promise<ConnectorHarness> {
  const workspace = await mkdtemp(join(tmpdir(), 'affluent-files-'))
  const write = (name: string, content: string): Promise<void> =>
    writeFile(join(workspace, name), name.endsWith('.gz') ? gzipSync(content) : content)
  const seed = async (name: string, content: string, added: string): Promise<SourceCase> => {
    await write(name, content)
    return {
      fields: ['email', 'country'],
      externalIds: ids,
      quarantined: content === csv ? ['line 12'] : [],
      async change() {
        await write(name, `${content}\n${added}`)
        return ['new']
      },
    }
  }
  return {
    config: { streams, page_size: 4 },
    workspace,
    secrets: [],
    sources: {
      contacts: await seed('contacts.csv', csv, 'new,new@example.com,,FR'),
      packed: await seed('contacts.csv.gz', csv, 'new,new@example.com,,FR'),
      people: await seed('people.jsonl', jsonLines, '{"id":"new"}'),
    },
    destinations: {},
    close: () => rm(workspace, { recursive: true }),
  }
}

connectorSuite('files', {
  connector: filesConnector,
  streams: Object.keys(streams),
  start: startFilesHarness,
})

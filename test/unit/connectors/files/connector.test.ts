import { appendFile, mkdir, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { filesConnector } from '../../../../connectors/files/connector.ts'
import { createWorkspace, readRows, summarise } from './workspace.ts'

const rowsOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `${index + 1},x\n`).join('')

describe('files: configuration', () => {
  it('makes a stream of each configured file and describes it without opening anything', () => {
    const config = {
      streams: {
        contacts: { path: 'contacts.csv', format: 'csv' },
        stock: { path: 'stock.jsonl', format: 'json_lines', snapshot: true },
      },
    }
    expect(filesConnector.openSources?.(config)).toMatchObject([
      { name: 'contacts', deletions: 'none', incremental: true, fields: null },
      { name: 'stock', deletions: 'absence', incremental: false, fields: null },
    ])
  })

  it.each([
    ['an absolute path', { path: '/etc/passwd' }],
    ['a path out of the folder', { path: 'a/../../b.csv' }],
    ['a drive', { path: 'C:\\secrets.csv' }],
    ['a quote as delimiter', { delimiter: '"' }],
    ['a delimiter of two characters', { delimiter: '||' }],
    ['an unknown format', { format: 'xlsx' }],
    ['an empty list of id columns', { id: [] }],
  ])('refuses %s', (_what, stream) => {
    const config = { streams: { rows: { path: 'rows.csv', format: 'csv', ...stream } } }
    expect(filesConnector.config.safeParse(config).success).toBe(false)
  })

  it('refuses a configuration without streams', () => {
    expect(filesConnector.config.safeParse({ streams: {} }).success).toBe(false)
  })

  it('tells in a connection test which stream cannot be read, and the repair', async () => {
    const workspace = await createWorkspace()
    await workspace.write('good.csv', 'id\n1\n')
    const config = {
      streams: { good: { path: 'good.csv', format: 'csv' }, lost: { path: 'lost.csv', format: 'csv' } },
    }
    expect(await workspace.connect({}, config).test()).toEqual([
      { name: 'the stream "good" can be read', ok: true },
      {
        name: 'the stream "lost" can be read',
        ok: false,
        remedy: 'lost.csv does not exist; put it there, or correct "folder" and "path"',
      },
    ])
  })
})

describe('files: files that cannot be read', () => {
  it.each([
    ['is empty', '', 'is empty; its first line must name the columns'],
    ['names a column twice', 'id,email,email\n', 'names the column "email" twice'],
    ['ends its lines with CR', 'id,email\r1,a\r', 'ends its lines with CR alone'],
    ['is UTF-16', Buffer.from('\uFEFFid\n1\n', 'utf16le'), 'check "encoding"'],
    ['lacks the id column', 'key\n1\n', 'has no column "id"; it has: key'],
    [
      'has 100,000 columns',
      Array.from({ length: 100_000 }, (_, index) => `c${index}`).join(','),
      'has 100000 columns',
    ],
    ['has a header of 10 MB', 'c'.repeat(10 * 1024 * 1024), 'row_too_large'],
    ['has a column that no object can hold', 'id,__proto__\n', 'names a column "__proto__"'],
  ])('stops with the reason when the file %s', async (_what, content, said) => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', content)
    await expect(readRows(workspace.connect())).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { path: 'rows.csv', said: expect.stringContaining(said) },
    })
  })

  it('stops when a mapped column is gone, before the first row', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', 'id,mail\n1,a\n')
    await expect(readRows(workspace.connect(), { fields: ['id', 'email'] })).rejects.toMatchObject({
      params: { said: 'rows.csv has no column "email"; it has: id, mail' },
    })
  })

  it('names the missing file and the repair', async () => {
    const workspace = await createWorkspace()
    await expect(readRows(workspace.connect({}, { folder: 'exports' }))).rejects.toMatchObject({
      code: 'platform.not_found',
      params: { path: 'exports/rows.csv', said: expect.stringContaining('put it there') },
    })
  })

  it('refuses a folder in place of a file', async () => {
    const workspace = await createWorkspace()
    await mkdir(join(workspace.folder, 'rows.csv'))
    await expect(readRows(workspace.connect())).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { said: 'rows.csv is not a file; name a file in "path"' },
    })
  })

  it('refuses a link that leads out of the folder', async () => {
    const [workspace, other] = await Promise.all([createWorkspace(), createWorkspace()])
    await other.write('secret.csv', 'id\n1\n')
    await symlink(join(other.folder, 'secret.csv'), join(workspace.folder, 'rows.csv'))
    await expect(readRows(workspace.connect())).rejects.toMatchObject({ code: 'platform.permission_missing' })
  })

  it.each(['.env', '.affluent/secret.key', 'lists/.kept/rows.csv'])(
    'refuses %s, which is hidden, also by way of a link',
    async (path) => {
      const workspace = await createWorkspace()
      await workspace.write(path, 'id\n1\n')
      await symlink(join(workspace.folder, path), join(workspace.folder, 'rows.csv'))
      for (const named of [path, 'rows.csv'])
        await expect(readRows(workspace.connect({ path: named }))).rejects.toMatchObject({
          code: 'platform.permission_missing',
          params: { said: expect.stringContaining('is hidden') },
        })
    },
  )

  it.each([
    ['ends early', gzipSync(`id,n\n${rowsOf(1000)}`).subarray(0, -20), 'ends in the middle'],
    ['is not gzip', 'id,n\n1,x\n', 'is no valid gzip file'],
  ])('does not take a packed file that %s for a whole one', async (_what, content, said) => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv.gz', content)
    await expect(readRows(workspace.connect({ path: 'rows.csv.gz' }))).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
      params: { said: expect.stringContaining(said) },
    })
  })

  it('does not end in peace when the file grew while it was read', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', `id,n\n${rowsOf(10)}`)
    const connection = workspace.connect({}, { page_size: 4 })
    const signal = new AbortController().signal
    const reading = async (): Promise<void> => {
      for await (const page of connection.source('rows')?.read({ cursor: null, fields: [], signal }) ?? [])
        if (page.records[0]?.externalId === '1')
          await appendFile(join(workspace.folder, 'rows.csv'), '11,x\n')
    }
    await expect(reading()).rejects.toMatchObject({ code: 'platform.transient' })
  })
})

describe('files: pages and cursors', () => {
  it('gives one empty page for a file with nothing but its header', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', 'id,n\n')
    expect(await readRows(workspace.connect())).toMatchObject([{ records: [], quarantined: [], progress: 1 }])
  })

  it('gives nothing for an unchanged file and all of a changed one', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', 'id,n\n1,a\n')
    const connection = workspace.connect()
    const cursor = (await readRows(connection)).at(-1)?.cursor ?? null
    expect(await readRows(connection, { cursor })).toEqual([])
    await workspace.write('rows.csv', 'id,n\n1,b\n')
    await utimes(join(workspace.folder, 'rows.csv'), 1, 1)
    expect(summarise(await readRows(connection, { cursor }))).toEqual(['1'])
  })

  it('starts over when the file changed between two pages', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', `id,n\n${rowsOf(10)}`)
    const connection = workspace.connect({}, { page_size: 4 })
    const [first] = await readRows(connection, { pages: 1 })
    await workspace.write('rows.csv', `id,n\n0,x\n${rowsOf(10)}`)
    const rest = await readRows(connection, { cursor: first?.cursor ?? null })
    expect(summarise(rest)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
  })

  it('goes on in the middle of a packed file of several chunks', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv.gz', gzipSync(`id,n\n${rowsOf(200_000)}`))
    const connection = workspace.connect({ path: 'rows.csv.gz' }, { page_size: 50_000 })
    const pages = await readRows(connection)
    const rest = await readRows(connection, { cursor: pages[2]?.cursor ?? null })
    expect(rest).toHaveLength(1)
    expect(rest[0]?.records.at(0)?.externalId).toBe('150001')
    expect(rest).toEqual(pages.slice(3))
  })

  it('ends a page early when its rows are long', async () => {
    const workspace = await createWorkspace()
    const long = 'x'.repeat(900_000)
    await workspace.write(
      'rows.csv',
      `id,n\n${Array.from({ length: 25 }, (_, index) => `${index},${long}\n`).join('')}`,
    )
    const pages = await readRows(workspace.connect())
    expect(pages.map((page) => page.records.length)).toEqual([10, 10, 5])
  })

  it('sets a row of 100 MB in a packed file aside without holding it', async () => {
    const workspace = await createWorkspace()
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('id,n\n1,a\n2,'), Buffer.alloc(1e8, 'x'), Buffer.from('\n3,c\n')]),
    )
    await workspace.write('rows.csv.gz', bomb)
    const pages = await readRows(workspace.connect({ path: 'rows.csv.gz' }))
    expect(summarise(pages)).toEqual(['1', '3', 'line 3: row_too_large'])
    expect(pages[0]?.quarantined[0]?.raw).toHaveLength(64 * 1024)
  })

  it('lets the later of two rows with one id win, and says that it happened', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', 'id,n\n1,a\n2,b\n1,c\n')
    const [page] = await readRows(workspace.connect())
    expect(page?.records.map((record) => record.fields)).toEqual([
      { id: '2', n: 'b' },
      { id: '1', n: 'c' },
    ])
    expect(workspace.logged).toEqual(['file_ids_repeated {"stream":"rows","count":1}'])
  })
})

import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../../core/connector/source.ts'
import type { JsonObject } from '../../../../core/port/json.ts'
import { createWorkspace, readRows, summarise } from './workspace.ts'

async function readCsv(content: string | Buffer, stream: JsonObject = {}): Promise<readonly SourceRecord[]> {
  const workspace = await createWorkspace()
  await workspace.write('rows.csv', content)
  return (await readRows(workspace.connect(stream))).flatMap((page) => page.records)
}

async function readJson(lines: readonly string[], stream: JsonObject = {}): Promise<string[]> {
  const workspace = await createWorkspace()
  await workspace.write('rows.csv', lines.join('\n'))
  return summarise(await readRows(workspace.connect({ format: 'json_lines', ...stream })))
}

/** Ids of the rows of a stream without id columns. */
async function idsOf(content: string): Promise<string[]> {
  const workspace = await createWorkspace()
  await workspace.write('rows.csv', content)
  const config = { streams: { rows: { path: 'rows.csv', format: 'csv' } } }
  return summarise(await readRows(workspace.connect({}, config)))
}

describe('files: CSV rows', () => {
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFid,name\n1,Zoé\n'), {}],
    ['windows-1252', Buffer.from('id,name\n1,Zo\xE9\n', 'latin1'), { encoding: 'windows-1252' }],
    ['latin1', Buffer.from('id,name\n1,Zo\xE9\n', 'latin1'), { encoding: 'latin1' }],
    ['semicolons and CRLF', 'id;name\r\n1;Zoé\r\n', { delimiter: ';' }],
    ['tabs', 'id\tname\n1\tZoé', { delimiter: '\t' }],
    ['spaces and an unnamed column in the header', ' id , name ,\n1,Zoé,x\n', {}],
  ])('reads %s', async (_what, content, stream) => {
    expect(await readCsv(content, stream)).toEqual([
      { externalId: '1', versionAt: null, deleted: false, fields: { id: '1', name: 'Zoé' } },
    ])
  })

  it('tells the euro sign of windows-1252 from the control character of latin1', async () => {
    const content = Buffer.from('id,name\n1,\x80\n', 'latin1')
    const [windows] = await readCsv(content, { encoding: 'windows-1252' })
    const [latin] = await readCsv(content, { encoding: 'latin1' })
    expect([windows?.fields['name'], latin?.fields['name']]).toEqual(['€', '\u0080'])
  })

  it('joins several id columns so that different rows never share an id', async () => {
    const records = await readCsv('a,b\nx|y,z\nx,y|z\n', { id: ['a', 'b'] })
    expect(records.map((record) => record.externalId)).toEqual([String.raw`x\|y|z`, String.raw`x|y\|z`])
  })

  it('sets a row without an id aside', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', 'id,n\n,secret\n2,b\n')
    const [page] = await readRows(workspace.connect())
    expect(page?.records.map((record) => record.externalId)).toEqual(['2'])
    expect(page?.quarantined).toEqual([
      { place: 'line 2', reason: { code: 'missing_id', message: 'The row has no id.' }, raw: ',secret' },
    ])
  })

  it('names rows without an id column by their content, whatever line and column order they stand in', async () => {
    const [one, two] = await idsOf('a,b\n1,2\n3,4\n')
    expect(one).not.toBe(two)
    expect(await idsOf('b,a\n4,3\n2,1\n')).toEqual([two, one])
  })

  it.each([
    ['2026-10-01T12:00:00Z', Date.UTC(2026, 9, 1, 12)],
    ['2026-10-01T14:00:00.250+02:00', Date.UTC(2026, 9, 1, 12, 0, 0, 250)],
    ['2026-10-01 12:00:00', Date.UTC(2026, 9, 1, 12)],
    ['2026-10-01', Date.UTC(2026, 9, 1)],
    ['', null],
  ])('reads the version time "%s"', async (text, expected) => {
    const [record] = await readCsv(`id,at\n1,${text}\n`, { version_at: 'at' })
    expect(record?.versionAt).toBe(expected)
  })

  it.each(['01/10/2026', 'yesterday', '2026-13-01', '2026-10-01T25:00:00Z'])(
    'refuses the version time "%s"',
    async (text) => {
      const workspace = await createWorkspace()
      await workspace.write('rows.csv', `id,at\n1,${text}\n`)
      const pages = await readRows(workspace.connect({ version_at: 'at' }))
      expect(summarise(pages)).toEqual(['line 2: invalid_version'])
    },
  )
})

describe('files: JSON Lines rows', () => {
  it('sets each kind of bad row aside, and its neighbours go on', async () => {
    expect(
      await readJson([
        '\uFEFF{"id":"1"}',
        '{"id":"2"',
        '[1,2]',
        '"text"',
        'null',
        '',
        `{"id":"7","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        '{"name":"nobody"}',
        '{"id":12345678901234567890}',
        '{"id":"10","amount":1e400}',
        '{"id":"11","__proto__":{"admin":true}}',
        `{"id":"12"${Array.from({ length: 10_001 }, (_, index) => `,"k${index}":1`).join('')}}`,
        `{"id":"13","text":"${'x'.repeat(2_000_000)}"}`,
        '{"id":14}\r',
        String.raw`{"id":"15","text":"[[[\"{{{"}`,
      ]),
    ).toEqual([
      '1',
      '14',
      '15',
      'line 2: invalid_json',
      'line 3: not_an_object',
      'line 4: not_an_object',
      'line 5: not_an_object',
      'line 7: too_deep',
      'line 8: missing_id',
      'line 9: unsafe_number',
      'line 10: unsafe_number',
      'line 11: forbidden_key',
      'line 12: too_many_keys',
      'line 13: row_too_large',
    ])
  })

  it('never quotes the row in the reason', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', '{"email":"ada@example.com",}')
    const [page] = await readRows(workspace.connect({ format: 'json_lines' }))
    expect(page?.quarantined[0]?.reason.message).toBe('The row is not JSON.')
  })

  it('gives an empty page for an empty file', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', '')
    expect(await readRows(workspace.connect({ format: 'json_lines' }))).toMatchObject([
      { records: [], progress: 1 },
    ])
  })

  it('keeps nested values, and only the keys that were asked for', async () => {
    const workspace = await createWorkspace()
    await workspace.write('rows.csv', '{"id":"1","tags":["a",{"b":null}],"secret":"s"}')
    const [page] = await readRows(workspace.connect({ format: 'json_lines' }), {
      fields: ['tags', 'absent', 'toString'],
    })
    expect(page?.records[0]?.fields).toEqual({ tags: ['a', { b: null }] })
  })
})

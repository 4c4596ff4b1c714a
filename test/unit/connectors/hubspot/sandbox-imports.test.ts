import { afterEach, describe, expect, it } from 'vitest'
import type { HubspotSandboxOptions } from '../../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { openRawSandbox, type RawAnswer, type RawSandbox } from './sandbox-client.ts'

let raw: RawSandbox
afterEach(() => raw.sandbox.close())

const importsPath = '/crm/imports/2026-09'

const columns: readonly object[] = [
  {
    columnObjectTypeId: '0-1',
    columnName: 'Email',
    propertyName: 'email',
    columnType: 'HUBSPOT_ALTERNATE_ID',
  },
  { columnObjectTypeId: '0-1', columnName: 'City', propertyName: 'city' },
]

interface Upload {
  readonly fileName?: string
  readonly mappings?: readonly object[]
  readonly scope?: boolean
}

/** Starts an import by a plain multipart request. */
async function start(
  csv: string,
  { fileName = 'people.csv', mappings = columns, scope = true }: Upload = {},
): Promise<RawAnswer> {
  const form = new FormData()
  const request = {
    name: 'Spring fair',
    importOperations: { '0-1': 'UPSERT' },
    files: [
      {
        fileName: 'people.csv',
        fileFormat: 'CSV',
        fileImportPage: { hasHeader: true, columnMappings: mappings },
      },
    ],
  }
  form.set('importRequest', JSON.stringify(request))
  form.set('files', new Blob([csv], { type: 'text/csv' }), fileName)
  if (!scope) raw.sandbox.scopes.delete('crm.import')
  const response = await fetch(`${raw.sandbox.url}${importsPath}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox-token' },
    body: form,
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const open = async (options: Partial<HubspotSandboxOptions> = {}): Promise<void> => {
  raw = await openRawSandbox(options)
}
const stateOf = async (id: string): Promise<unknown> =>
  (await raw.send('GET', `${importsPath}/${id}`)).body.state
const errorTypes = async (id: string): Promise<string[]> => {
  const { body } = await raw.send('GET', `${importsPath}/${id}/errors?limit=100`)
  return body.results.map(({ errorType }: { errorType: string }) => errorType)
}

describe('1.4 large loads: imports', () => {
  it('multipart importRequest and file; STARTED, PROCESSING, DONE; makes and updates contacts', async () => {
    await open({ contacts: [{ id: '900', properties: { email: 'a@example.com' } }] })
    const { status, body } = await start(
      '"Email","City"\r\n"a@example.com","Lille"\r\nb@example.com,Nantes\n',
    )
    expect([status, body.state, body.importName]).toEqual([200, 'STARTED', 'Spring fair'])
    raw.clock.advance(30_000)
    expect(await stateOf(body.id)).toBe('PROCESSING')
    expect(raw.sandbox.contacts.all.size).toBe(1)
    raw.clock.advance(30_000)
    expect(await stateOf(body.id)).toBe('DONE')
    expect(raw.sandbox.contacts.get('900')?.properties['city']).toBe('Lille')
    expect(raw.sandbox.contacts.findByUnique('email', 'b@example.com')?.properties['city']).toBe('Nantes')
  })

  it('three run at the same time, others are DEFERRED until one ends', async () => {
    await open()
    const ids: string[] = []
    for (let index = 0; index < 4; index += 1)
      ids.push((await start(`Email,City\n"p${index}@example.com","Lille"\n`)).body.id)
    expect(await Promise.all(ids.map(stateOf))).toEqual(['STARTED', 'STARTED', 'STARTED', 'DEFERRED'])
    raw.clock.advance(60_000)
    expect(await Promise.all(ids.map(stateOf))).toEqual(['DONE', 'DONE', 'DONE', 'STARTED'])
  })

  it('tells the errors of rows page by page, with the row and the words when asked', async () => {
    await open({ contacts: [{ id: '900', properties: { email: 'taken@example.com' } }] })
    raw.sandbox.contacts.block('gone@example.com')
    const { body } = await start(
      'Email,City\nnot an address,Lille\ngone@example.com,Lille\na@example.com,Lille\na@example.com,Nantes\nb@example.com\n',
    )
    raw.clock.advance(60_000)
    expect(await stateOf(body.id)).toBe('DONE')
    expect(await errorTypes(body.id)).toEqual([
      'INVALID_EMAIL',
      'GDPR_BLACKLISTED_EMAIL',
      'DUPLICATE_ROW_CONTENT',
      'INCORRECT_NUMBER_OF_COLUMNS',
    ])
    const query = 'limit=3&includeRowData=true&includeErrorMessage=true'
    const first = (await raw.send('GET', `${importsPath}/${body.id}/errors?${query}`)).body
    expect(first.results).toHaveLength(3)
    expect(first.results[1].sourceData).toMatchObject({
      lineNumber: 3,
      rowData: ['gone@example.com', 'Lille'],
    })
    const after = first.paging.next.after
    const second = (await raw.send('GET', `${importsPath}/${body.id}/errors?${query}&after=${after}`)).body
    expect([second.results.length, second.paging]).toEqual([1, undefined])
  })

  it('a bad value of a plain property is left out and the contact is made all the same', async () => {
    await open()
    raw.sandbox.contacts.definitions.set('age', {
      ...(raw.sandbox.contacts.definitions.get('city') ?? (await Promise.reject(new Error('no city')))),
      name: 'age',
      type: 'number',
    })
    const mappings = [columns[0] ?? {}, { columnObjectTypeId: '0-1', columnName: 'Age', propertyName: 'age' }]
    const { body } = await start('Email,Age\na@example.com,many\n', { mappings })
    raw.clock.advance(60_000)
    expect(await stateOf(body.id)).toBe('DONE')
    expect(await errorTypes(body.id)).toEqual(['COULD_NOT_PARSE_NUMBER'])
    expect(raw.sandbox.contacts.findByUnique('email', 'a@example.com')?.properties).toEqual({
      email: 'a@example.com',
    })
  })

  it('1.0: rules of the admin keep new contacts out that lack a required property', async () => {
    await open({ requiredProperties: ['firstname'] })
    const { body } = await start('Email,City\na@example.com,Lille\n')
    raw.clock.advance(60_000)
    await stateOf(body.id)
    expect(await errorTypes(body.id)).toEqual(['MISSING_REQUIRED_PROPERTY'])
  })

  it.each([
    ['a header that is not mapped', 'Email,Town\na@example.com,Lille\n', {}, 400],
    ['a file under another name', 'Email,City\n', { fileName: 'other.csv' }, 400],
    [
      'an unknown property',
      'X\n1\n',
      { mappings: [{ columnObjectTypeId: '0-1', columnName: 'X', propertyName: 'x' }] },
      400,
    ],
    ['no unique identifier', 'City\nLille\n', { mappings: [columns[1] ?? {}] }, 400],
    ['a missing scope', 'Email,City\n', { scope: false }, 403],
    ['more rows than published', `Email,City\n${'a,b\n'.repeat(1_048_576)}`, {}, 429],
  ])('refuses %s', async (_what, csv, more, expected) => {
    await open()
    expect((await start(csv, more)).status).toBe(expected)
    expect(raw.sandbox.imports.all.size).toBe(0)
  })

  it('is canceled while it runs, not afterwards; the ledger notes each start', async () => {
    await open()
    const { body } = await start('Email,City\na@example.com,Lille\n')
    expect((await raw.send('POST', `${importsPath}/${body.id}/cancel`)).status).toBe(200)
    expect((await raw.send('POST', `${importsPath}/${body.id}/cancel`)).status).toBe(400)
    raw.clock.advance(60_000)
    expect(await stateOf(body.id)).toBe('CANCELED')
    expect(raw.sandbox.contacts.all.size).toBe(0)
    expect(raw.sandbox.ledger).toContainEqual(
      expect.objectContaining({ operation: 'import_start', members: ['a@example.com'] }),
    )
  })
})

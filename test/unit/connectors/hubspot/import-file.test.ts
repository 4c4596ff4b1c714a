import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toDrafts, type Draft } from '../../../../connectors/hubspot/destinations/draft.ts'
import { toImportFiles } from '../../../../connectors/hubspot/imports/import-file.ts'
import { readCsv } from '../../../../connectors/hubspot/sandbox/multipart.ts'
import type { JsonObject } from '../../../../core/port/json.ts'

const drafts = (...records: JsonObject[]): Draft[] =>
  toDrafts(
    records.map((fields) => ({ fields })),
    'hub_person_id',
  )

describe('file of an import', () => {
  it('has the key first, then every property of anybody; who lacks one has an empty cell', () => {
    const [file] = toImportFiles(
      drafts(
        { hub_person_id: 'p_1', email: 'A@Example.com ', city: 'Lille' },
        { hub_person_id: 'p_2', age: 41 },
      ),
      'hub_person_id',
    )
    expect(file?.columns).toEqual(['hub_person_id', 'email', 'city', 'age'])
    expect(file?.csv).toBe(
      '"hub_person_id","email","city","age"\r\n"p_1","a@example.com","Lille",""\r\n"p_2","","","41"\r\n',
    )
  })

  it('is read back as it was written, whatever the values hold', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\u0000'))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (cities) => {
        const people = drafts(...cities.map((city, index) => ({ email: `p${index}@example.com`, city })))
        const [file] = toImportFiles(people, 'email')
        expect(readCsv(file?.csv ?? '').slice(1)).toEqual(
          cities.map((city, index) => [`p${index}@example.com`, city]),
        )
      }),
    )
  })

  it('is cut at the published rows and bytes; each part has the header, nobody is lost or twice', () => {
    const people = drafts(...Array.from({ length: 25 }, (_, index) => ({ email: `p${index}@example.com` })))
    const emails = people.map(({ email }) => email)
    const byRows = toImportFiles(people, 'email', { rows: 11, bytes: 1_000_000 })
    expect(byRows.map((file) => file.drafts.length)).toEqual([10, 10, 5])
    expect(byRows.flatMap((file) => file.drafts.map(({ email }) => email))).toEqual(emails)
    const byBytes = toImportFiles(people, 'email', { rows: 1000, bytes: 100 })
    expect(byBytes.every(({ csv }) => csv.startsWith('"email"\r\n') && Buffer.byteLength(csv) <= 100)).toBe(
      true,
    )
    expect(byBytes.flatMap((file) => file.drafts.map(({ email }) => email))).toEqual(emails)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../../connectors/meta/hashing.ts'
import { findInvalidEntries } from '../../../../connectors/meta/invalid-entries.ts'
import { toPersonCells } from '../../../../connectors/meta/person-cells.ts'
import { toSessionId } from '../../../../connectors/meta/upload-session.ts'
import { prepareUsers, toUserPayload } from '../../../../connectors/meta/user-payload.ts'
import type { JsonValue } from '../../../../core/port/json.ts'

const person = (fields: Record<string, JsonValue>) => toPersonCells({ fields })
const people = [
  person({ EMAIL: 'a@b.com', FN: 'Ada' }),
  person({ PHONE: '+33612345678', EMAIL: 'not an address' }),
]

const answer = (num_invalid_entries: number, invalid_entry_samples: unknown = {}) => ({
  num_received: 3,
  num_invalid_entries,
  invalid_entry_samples,
})

describe('meta: toUserPayload', () => {
  it('has a column for each key that somebody has, and empty cells for those who lack it', async () => {
    const { schema, data } = await toUserPayload(people)
    expect(schema).toEqual(['EMAIL', 'PHONE', 'FN'])
    expect(data).toEqual([
      [sha256Hex('a@b.com'), '', sha256Hex('ada')],
      ['', sha256Hex('33612345678'), ''],
    ])
  })

  it('gives each row as many columns as the schema, whatever the people have (trap 3)', async () => {
    const value = fc.oneof(fc.constant(null), fc.string(), fc.emailAddress(), fc.integer())
    const fields = fc.record(
      { EMAIL: value, PHONE: value, FN: value, DOB: value, EXTERN_ID: value, COUNTRY: value },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fields), fc.boolean(), async (rows, limited) => {
        const { matchable } = await prepareUsers(rows.map((row) => ({ fields: row })))
        const { schema, data } = await toUserPayload(
          matchable.map((each) => each.person),
          limited ? { limitedDataUse: { country: 1, state: 1000 } } : {},
        )
        for (const row of data) expect(row).toHaveLength(schema.length)
      }),
    )
  })

  it('puts Limited Data Use into three columns of each row', async () => {
    const { schema, data } = await toUserPayload(people.slice(0, 1), {
      limitedDataUse: { country: 1, state: 1000 },
    })
    expect(schema.slice(-3)).toEqual([
      'DATA_PROCESSING_OPTIONS',
      'DATA_PROCESSING_OPTIONS_COUNTRY',
      'DATA_PROCESSING_OPTIONS_STATE',
    ])
    expect(data[0]?.slice(-3)).toEqual([['LDU'], 1, 1000])
  })
})

describe('meta: prepareUsers', () => {
  it('keeps the neighbours of a bad value and counts what is left out (B5)', async () => {
    const records = Array.from({ length: 50 }, (_, index) => ({
      fields: { EMAIL: `p${index}@example.com`, PHONE: index === 37 ? 'none' : `+336123456${index + 10}` },
    }))
    const { matchable, rejected, unusable } = await prepareUsers(records)
    expect(matchable.map(({ index }) => index)).toEqual(records.map((_, index) => index))
    expect(rejected.size).toBe(0)
    expect(unusable).toEqual({ PHONE: 1 })
  })
})

describe('meta: toSessionId', () => {
  const upload = { at: 1_793_000_000_000, audience: '23850000000000001', operation: 'add' }

  it('stays below 2^53, where JSON numbers are exact (trap 16)', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (at, audience) => {
        const id = toSessionId({ at, audience, operation: 'add' }, people)
        expect(Number.isSafeInteger(id)).toBe(true)
        expect(JSON.parse(JSON.stringify({ id }))).toEqual({ id })
      }),
    )
  })

  it('differs between uploads of one instant and is the same for a repeated one', () => {
    const ids = [
      toSessionId(upload, people),
      toSessionId(upload, people.slice(0, 1)),
      toSessionId({ ...upload, operation: 'remove' }, people),
      toSessionId({ ...upload, audience: '23850000000000002' }, people),
      toSessionId({ ...upload, at: upload.at + 1 }, people),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(toSessionId(upload, people)).toBe(ids[0])
  })
})

describe('meta: findInvalidEntries', () => {
  const three = [...people, person({ EXTERN_ID: 'c-42' })]
  const first = sha256Hex('a@b.com')

  it.each([
    ['a map from row to words', { [`["${first}","",""]`]: 'invalid' }],
    ['a map from place to row', { 0: `["${first}"]` }],
    ['a list of texts', [first]],
    ['a list of rows', [[first, '', '']]],
  ])('finds a row in %s', (_, samples) => {
    expect(findInvalidEntries(answer(1, samples), three)).toEqual({ rows: new Set([0]), untold: 0 })
  })

  it('knows all rows when Meta counts all', () => {
    expect(findInvalidEntries(answer(3), three).rows).toEqual(new Set([0, 1, 2]))
  })

  it('says how many it cannot tell', () => {
    expect(findInvalidEntries(answer(2, ['c-42']), three)).toEqual({ rows: new Set([2]), untold: 1 })
    expect(findInvalidEntries(answer(1, 'nonsense'), three)).toEqual({ rows: new Set(), untold: 1 })
  })

  it('finds nobody when Meta counts none, whatever stands in the samples', () => {
    expect(findInvalidEntries(answer(0, [first]), three)).toEqual({ rows: new Set(), untold: 0 })
  })
})

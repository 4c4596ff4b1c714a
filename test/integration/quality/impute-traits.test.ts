import { beforeEach, describe, expect, it } from 'vitest'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Imputation } from '../../../core/quality/imputation.ts'
import { imputeTraits } from '../../../hub-server/warehouse/quality/impute-traits.ts'
import { aProfileStore, aRecord, aSchema, type TestStore } from '../profile-store/a-profile-store.ts'

const schemaWith = (imputed: Imputation, type: 'number' | 'text' = 'number'): ProfileSchema =>
  aSchema({
    traits: {
      first_name: { type: 'text' },
      country: { type: 'text' },
      points: { type: 'number' },
      filled: { type, imputed },
    },
  })

let test: TestStore
async function impute(
  schema: ProfileSchema,
  rows: readonly Record<string, string | number>[],
): Promise<unknown[]> {
  await test.store.prepare(schema)
  await test.write(rows.map((row, at) => aRecord(`r${at}`, { customer_id: `c${at}`, ...row })))
  await test.refresh()
  await test.duckdb.transaction(() => imputeTraits(test.duckdb, schema))
  return test.duckdb.all(
    `SELECT identifier_customer_id AS id, trait_points AS points, trait_filled AS filled FROM profile ORDER BY id`,
  )
}

const filledOf = (rows: unknown[]): unknown[] => rows.map((row) => (row as { filled: unknown }).filled)

const group = (country: string, points: number, count: number) =>
  Array.from({ length: count }, () => ({ country, points }))

beforeEach(async () => {
  test = await aProfileStore(schemaWith({ from: 'points', by: 'mean' }))
})

describe('imputed traits', () => {
  it('take the value a source told, and the mean where there is none; the source value itself stays missing', async () => {
    const rows = await impute(schemaWith({ from: 'points', by: 'mean' }), [{ points: 1 }, { points: 3 }, {}])
    expect(rows).toEqual([
      { id: 'c0', points: 1, filled: 1 },
      { id: 'c1', points: 3, filled: 3 },
      { id: 'c2', points: null, filled: 2 },
    ])
  })

  it.each([
    ['median', 3],
    ['mode', 1],
  ] as const)('fill in the %s', async (by, expected) => {
    const points = [1, 1, 3, 9, 9].map((value) => ({ points: value }))
    const rows = await impute(schemaWith({ from: 'points', by }), [...points, {}])
    expect(filledOf(rows).at(-1)).toBe(expected)
  })

  it('fill in a constant', async () => {
    const schema = schemaWith({ from: 'country', by: 'constant', value: 'FR' }, 'text')
    expect(filledOf(await impute(schema, [{ country: 'DE' }, {}]))).toEqual(['DE', 'FR'])
  })

  it('fill in by group, and for all where a group is small', async () => {
    const rows = await impute(schemaWith({ from: 'points', by: 'median', per: 'country' }), [
      ...group('FR', 10, 5),
      ...group('DE', 50, 4),
      { country: 'FR' },
      { country: 'DE' },
    ])
    expect(filledOf(rows.filter((row) => (row as { points: unknown }).points === null))).toEqual([10, 10])
  })

  it('do not move because a few people are added, and are learned again when there are twice as many', async () => {
    const schema = schemaWith({ from: 'points', by: 'mean' })
    await impute(schema, [{ points: 10 }, { points: 10 }, { points: 10 }, {}])
    const refill = async (): Promise<unknown[]> => {
      await test.refresh()
      await test.duckdb.transaction(() => imputeTraits(test.duckdb, schema))
      return test.duckdb.all(`SELECT DISTINCT trait_filled AS filled FROM profile WHERE trait_points IS NULL`)
    }
    await test.write([aRecord('new', { customer_id: 'new', points: 1000 })])
    expect(await refill()).toEqual([{ filled: 10 }])
    await test.write(['a', 'b', 'c'].map((id) => aRecord(id, { customer_id: id, points: 1000 })))
    expect(await refill()).not.toEqual([{ filled: 10 }])
  })
})

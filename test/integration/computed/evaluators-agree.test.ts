import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkComputedTraits } from '../../../core/computed/check-computed-traits.ts'
import { computedTraits } from '../../../core/computed/derived-traits.ts'
import { computeTraits } from '../../../core/computed/evaluate-traits.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { deriveTraits } from '../../../hub-server/warehouse/computed/derive-traits.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { readPerson } from '../../../hub-server/warehouse/segment/read-person.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { missingClickHouse, openClickHouse, type ClickHouse } from '../../support/clickhouse.ts'
import { population, worldAsOf, worldSchema } from '../segment/random-world.ts'
import { openWarehouse, storePeople } from '../segment/store-people.ts'
import { computeInClickHouse } from './clickhouse-traits.ts'
import { randomComputed } from './random-expression.ts'

/** COMPUTED_RUNS=1000 tries 6,000 expressions; the default 180. */
const numRuns = Number(process.env['COMPUTED_RUNS'] ?? 16)

const context = (schema: ProfileSchema, asOf: number) => ({
  schema,
  asOf,
  catalogue: warehouseCatalogue,
  dialect: duckdbDialect,
})

const nothingBeside = { names: new Set<string>(), asksIdentifiers: false, audiences: new Set<string>() }

async function storedTraits(duckdb: DuckDb, schema: ProfileSchema, people: readonly Person[]) {
  const stored: unknown[] = []
  for (const [index] of people.entries()) {
    const person = await readPerson(duckdb, schema, { ...nothingBeside, profileId: BigInt(index + 1) })
    stored.push(person?.traits)
  }
  return stored
}

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openWarehouse(worldSchema)
})
afterAll(() => duckdb.close())

it('gives the same computed traits in TypeScript and in SQL, for random expressions over random people', async () => {
  await fc.assert(
    fc.asyncProperty(population, randomComputed(6), async (people, schema) => {
      expect(checkComputedTraits(schema)).toEqual([])
      await prepareTables(duckdb, schema)
      await storePeople(duckdb, worldSchema, people)
      await duckdb.transaction(() => deriveTraits(duckdb, context(schema, worldAsOf)))
      const expected = people.map((person) => {
        const { traits } = computeTraits(person, { schema, asOf: worldAsOf })
        return Object.fromEntries(
          Object.entries(traits).map(([trait, value]) => [trait, Object.is(value, -0) ? 0 : value]),
        )
      })
      const stored = (await storedTraits(duckdb, schema, people)).map((traits) =>
        Object.fromEntries(
          Object.entries(traits ?? {}).map(([trait, value]) => [trait, Object.is(value, -0) ? 0 : value]),
        ),
      )
      expect({ computed: [...computedTraits(schema)], traits: stored }).toEqual({
        computed: [...computedTraits(schema)],
        traits: expected,
      })
    }),
    { numRuns },
  )
}, 600_000)

describe.skipIf(missingClickHouse !== undefined)(`ClickHouse ${missingClickHouse ?? ''}`, () => {
  let clickhouse: ClickHouse
  beforeAll(() => {
    clickhouse = openClickHouse()
  })
  afterAll(() => clickhouse.close())

  it('gives the same computed traits as TypeScript, for random expressions over random people', () => {
    fc.assert(
      fc.property(population, randomComputed(6), (people, schema) => {
        const expected = people.map((person) => {
          const { traits } = computeTraits(person, { schema, asOf: worldAsOf })
          const computed = [...computedTraits(schema).keys()].flatMap((trait) => {
            const value = traits[trait]
            return value === undefined ? [] : [[trait, Object.is(value, -0) ? 0 : value]]
          })
          return Object.fromEntries(computed) as Record<string, unknown>
        })
        const found = computeInClickHouse(clickhouse, people, { schema, asOf: worldAsOf })
        expect({ computed: [...computedTraits(schema)], traits: found }).toEqual({
          computed: [...computedTraits(schema)],
          traits: expected,
        })
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    )
  }, 600_000)
})

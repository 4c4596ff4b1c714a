import { BIGINT } from '@duckdb/node-api'
import { array, assert, asyncProperty, constantFrom, integer, tuple } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectedComponents } from '../../../core/identity/connected-components.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { joinComponents } from '../../../hub-server/warehouse/profile/join-components.ts'

type Pair = readonly [number, number]

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ path: ':memory:' })
})
afterAll(() => duckdb.close())

/** What each record of some pairs points at, the smallest record of a component at nothing. */
async function pointed(pairs: readonly Pair[]): Promise<Pair[]> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE edge (u BIGINT, v BIGINT)`)
  const tied = pairs.filter(([one, other]) => one !== other)
  await duckdb.append('edge', {
    types: [BIGINT, BIGINT],
    columns: [tied.map((pair) => BigInt(Math.max(...pair))), tied.map((pair) => BigInt(Math.min(...pair)))],
  })
  await joinComponents(duckdb)
  const rows = await duckdb.all<{ u: bigint; v: bigint }>(`FROM edge ORDER BY u`)
  return rows.map(({ u, v }) => [Number(u), Number(v)])
}

function expected(pairs: readonly Pair[]): Pair[] {
  const records = [...new Set(pairs.flat())].toSorted((a, b) => a - b)
  const held = pairs.flatMap((pair, at) =>
    pair.map((recordId) => ({ recordId, kind: 'pair', value: String(at) })),
  )
  return [...connectedComponents(records, held)].filter(([record, head]) => record !== head)
}

describe('components of records that are tied in pairs', () => {
  it('are those that a union-find gives', async () => {
    const record = integer({ min: 1, max: 25 })
    const pairs = array(tuple(record, record), { maxLength: 30 })
    await assert(
      asyncProperty(pairs, async (some) => {
        expect(await pointed(some)).toEqual(expected(some))
      }),
      { numRuns: 25 },
    )
  })

  it('are found whole in chains, rings and stars of any order', async () => {
    const size = 150
    const step = constantFrom(1, 7, 37, 101)
    const orderOf = (by: number): number[] => Array.from({ length: size }, (_, at) => ((at * by) % 151) + 1)
    await assert(
      asyncProperty(step, async (by) => {
        const order = orderOf(by)
        const chain = order.slice(1).map((record, at): Pair => [order[at] ?? record, record])
        const ring: Pair[] = [...chain, [order[0] ?? 1, order.at(-1) ?? 1]]
        const stars = order.map((record): Pair => [record, record - (record % 10) + 1])
        for (const pairs of [chain, ring, stars]) expect(await pointed(pairs)).toEqual(expected(pairs))
      }),
      { numRuns: 4 },
    )
  })
})

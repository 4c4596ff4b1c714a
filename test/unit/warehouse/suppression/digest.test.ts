import type { DuckDBValue } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb, type DuckDb } from '../../../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../../../hub-server/warehouse/suppression/digest.ts'

describe('the keyed digest of an identifier', () => {
  const digest = createIdentifierDigest(Buffer.alloc(32, 7))
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
  })
  afterAll(() => duckdb.close())

  const inSql = async (kind: string, value: string): Promise<unknown> => {
    const params: DuckDBValue[] = []
    const bind = (bound: DuckDBValue): string => `$${params.push(bound)}`
    const columns = [`${bind(kind)}::VARCHAR`, `${bind(value)}::VARCHAR`] as const
    return duckdb.one(
      `SELECT ${digest.sql(...columns, bind)} AS digest, ${digest.bucketSql(...columns, bind)} AS bucket`,
      params,
    )
  }

  it('is the same in TypeScript and in SQL, for any text', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 90 }).filter((value) => !value.includes('\0'))
    await fc.assert(
      fc.asyncProperty(text, text, async (kind, value) => {
        expect(await inSql(kind, value)).toEqual({
          digest: digest.of(kind, value),
          bucket: digest.bucketOf(kind, value),
        })
      }),
      { numRuns: 60 },
    )
  })

  it('differs by key, by kind and by value, and does not show the value', () => {
    const other = createIdentifierDigest(Buffer.alloc(32, 8))
    const address = 'ada@example.fr'
    const all = [
      digest.of('email', address),
      other.of('email', address),
      digest.of('login', address),
      digest.of('email', 'ada@example.com'),
    ]
    expect(new Set(all).size).toBe(4)
    expect(all.every((each) => /^[0-9a-f]{64}$/.test(each))).toBe(true)
  })

  it('cannot be moved over the border between kind and value', () => {
    expect(digest.of('email', 'x')).not.toBe(digest.of('emailx', ''))
  })
})

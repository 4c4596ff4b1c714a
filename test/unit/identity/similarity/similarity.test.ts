import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  damerauLevenshtein,
  optimalAlignment,
} from '../../../../core/identity/similarity/damerau-levenshtein.ts'
import { jaro, jaroWinkler } from '../../../../core/identity/similarity/jaro-winkler.ts'
import { levenshtein } from '../../../../core/identity/similarity/levenshtein.ts'
import { openDuckDb, type DuckDb } from '../../../../hub-server/warehouse/duckdb.ts'

const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '語', '😀', '🎉'), maxLength: 9 })
const plain = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 9 })

describe('similarity of texts', () => {
  it.each([
    ['MARTHA', 'MARHTA', 0.944444, 0.961111],
    ['DWAYNE', 'DUANE', 0.822222, 0.84],
    ['DIXON', 'DICKSONX', 0.766667, 0.813333],
    // Half the characters out of order, rounded down as Winkler's program does; other packages say 0.9375.
    ['ABCVWXYZ', 'CABVWXYZ', 0.958333, 0.958333],
    ['', '', 1, 1],
    ['', 'a', 0, 0],
  ])('is what Winkler gives for %j and %j', (left, right, plainly, raised) => {
    expect(jaro(left, right)).toBeCloseTo(plainly, 6)
    expect(jaroWinkler(left, right)).toBeCloseTo(raised, 6)
  })

  it('raises what is hardly alike only when told to', () => {
    expect(jaroWinkler('abxxxx', 'abyyyy')).toBe(jaro('abxxxx', 'abyyyy'))
    expect(jaroWinkler('abxxxx', 'abyyyy', { always: true })).toBeGreaterThan(jaro('abxxxx', 'abyyyy'))
  })

  it.each([
    ['ca', 'abc', [3, 3, 2]],
    ['ab', 'ba', [2, 1, 1]],
    ['kitten', 'sitting', [3, 3, 3]],
    ['muller', 'müller', [1, 1, 1]],
    ['😀a', '😁a', [1, 1, 1]],
    ['😀🎉', '🎉😀', [2, 1, 1]],
    ['', 'abc', [3, 3, 3]],
  ])('counts the edits between %s and %s by characters', (left, right, expected) => {
    const distances = [levenshtein, optimalAlignment, damerauLevenshtein]
    expect(distances.map((distance) => distance(left, right))).toEqual(expected)
  })

  it('is the same in both directions, 0 or 1 for equal texts, and never less by fewer kinds of edits', () => {
    fc.assert(
      fc.property(short, short, (left, right) => {
        const [edits, aligned, free] = [levenshtein, optimalAlignment, damerauLevenshtein].map((distance) => {
          expect(distance(right, left)).toBe(distance(left, right))
          expect(distance(left, left)).toBe(0)
          return distance(left, right)
        })
        expect(free).toBeLessThanOrEqual(aligned ?? -1)
        expect(aligned).toBeLessThanOrEqual(edits ?? -1)
        expect(jaro(left, left)).toBe(1)
        expect(jaroWinkler(left, right)).toBeGreaterThanOrEqual(jaro(left, right))
        expect(jaroWinkler(left, right)).toBeLessThanOrEqual(1)
      }),
    )
  })

  describe('in the warehouse', () => {
    let duckdb: DuckDb
    beforeAll(async () => {
      duckdb = await openDuckDb({ path: ':memory:' })
    })
    afterAll(() => duckdb.close())

    it('is the same as here, for texts of one byte a character', async () => {
      await fc.assert(
        fc.asyncProperty(plain, plain, async (left, right) => {
          const row = await duckdb.one<{ jw: number; l: bigint; d: bigint }>(
            `SELECT jaro_winkler_similarity($1::VARCHAR, $2::VARCHAR) AS jw, levenshtein($1::VARCHAR, $2::VARCHAR) AS l,
               damerau_levenshtein($1::VARCHAR, $2::VARCHAR) AS d`,
            [left, right],
          )
          expect(jaroWinkler(left, right)).toBeCloseTo(row?.jw ?? Number.NaN, 9)
          expect([levenshtein(left, right), damerauLevenshtein(left, right)]).toEqual([
            Number(row?.l),
            Number(row?.d),
          ])
        }),
      )
    })
  })
})

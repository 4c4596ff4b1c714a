import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eachInPieces, mapInPieces, toJsonInPieces } from '../../../core/connector/in-pieces.ts'

const many = Array.from({ length: 2000 }, (_, index) => index)

/** Counts the turns of the event loop until `work` is done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await work()
  isOver = true
  return turns
}

describe('in pieces', () => {
  it('works on every item once, in order', async () => {
    const seen: [number, number][] = []
    await eachInPieces(many, (item, index) => void seen.push([item, index]))
    expect(seen).toEqual(many.map((item) => [item, item]))
    expect(await mapInPieces(many, (item, index) => item + index)).toEqual(many.map((item) => 2 * item))
  })

  it('lets others have the event loop between pieces, and a few items have theirs at once', async () => {
    expect(await turnsDuring(() => mapInPieces(many, (item) => item))).toBeGreaterThan(3)
    expect(await turnsDuring(() => mapInPieces(many.slice(0, 100), (item) => item))).toBe(0)
    expect(await turnsDuring(() => toJsonInPieces({ data: many }))).toBeGreaterThan(3)
  })

  it('ends with the error of an item', async () => {
    const seen: number[] = []
    const work = eachInPieces(many, (item) => {
      if (item === 700) throw new RangeError('this one')
      seen.push(item)
    })
    await expect(work).rejects.toThrow('this one')
    expect(seen).toHaveLength(700)
  })

  it('writes JSON as JSON.stringify does', async () => {
    const long = fc.array(fc.jsonValue(), { minLength: 251, maxLength: 600 })
    const member = fc.oneof(fc.jsonValue(), long, fc.constant(undefined), fc.record({ data: long }))
    const value = fc.oneof(fc.dictionary(fc.string(), member), member)
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        expect(await toJsonInPieces(given)).toBe(JSON.stringify(given ?? null))
      }),
      { numRuns: 10 },
    )
    expect(await toJsonInPieces({ at: new Date(0), none: undefined })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z"}',
    )
  })
})

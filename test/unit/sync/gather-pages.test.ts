import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourcePage } from '../../../core/connector/source.ts'
import { gatherPages } from '../../../core/sync/gather-pages.ts'

const page = (first: number, count = 1): SourcePage => ({
  records: Array.from({ length: count }, (_, index) => ({
    externalId: String(first + index),
    versionAt: null,
    deleted: false,
    fields: {},
  })),
  quarantined: [],
  cursor: first,
})

const idsOf = ({ records }: SourcePage): number[] => records.map(({ externalId }) => Number(externalId))

/** Pages 1 to `last` of one record each, noted when they are asked for; "closed" when it ends. */
async function* counting(last: number, notes: string[], failure?: Error): AsyncGenerator<SourcePage> {
  try {
    for (let n = 1; n <= last; n += 1) {
      notes.push(`read ${n}`)
      yield await Promise.resolve(page(n))
    }
    if (failure) throw failure
  } finally {
    notes.push('closed')
  }
}

/** Lets everything happen that needs nobody's work to end. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

describe('gatherPages', () => {
  it('gives the first page at once, and what came in meanwhile as one page with the last cursor', async () => {
    const given: SourcePage[] = []
    for await (const each of gatherPages(counting(5, []), 100)) {
      given.push(each)
      await settle()
    }
    expect(given.map(idsOf)).toEqual([[1], [2, 3, 4, 5]])
    expect(given.map(({ cursor }) => cursor)).toEqual([1, 5])
  })

  it('reads no further than what it may hold while the work goes on', async () => {
    const notes: string[] = []
    const pages = gatherPages(counting(100, notes), 3)
    await pages.next()
    await settle()
    expect(notes).toEqual(['read 1', 'read 2', 'read 3', 'read 4'])
    await pages.return(undefined)
    expect(notes.at(-1)).toBe('closed')
  })

  it('reports an error of the source after the pages before it', async () => {
    const given: number[] = []
    const read = async (): Promise<void> => {
      for await (const each of gatherPages(counting(3, [], new Error('torn')), 100))
        given.push(...idsOf(each))
    }
    await expect(read()).rejects.toThrow('torn')
    expect(given).toEqual([1, 2, 3])
  })

  it('closes the source when the work fails', async () => {
    const notes: string[] = []
    const read = async (): Promise<void> => {
      for await (const each of gatherPages(counting(9, notes), 2))
        if (idsOf(each).includes(2)) throw new Error('full disk')
    }
    await expect(read()).rejects.toThrow('full disk')
    expect(notes.at(-1)).toBe('closed')
  })

  it('keeps empty pages, whose cursor moves on', async () => {
    const given: SourcePage[] = []
    for await (const each of gatherPages(fromArray([page(1, 0), page(2, 0)]), 10)) given.push(each)
    expect(given.at(-1)).toMatchObject({ cursor: 2, records: [] })
  })

  it('loses, doubles and reorders nothing, whatever the sizes and the pace of the work', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(7), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(5),
        async (sizes, most, turns) => {
          let first = 0
          const pages = sizes.map((count) => page((first += count) - count, count))
          const given: number[] = []
          for await (const each of gatherPages(fromArray(pages), most)) {
            given.push(...idsOf(each))
            expect(each.records.length).toBeLessThan(most + 7)
            for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
          }
          expect(given).toEqual(Array.from({ length: first }, (_, index) => index))
        },
      ),
    ))
})

async function* fromArray(pages: readonly SourcePage[]): AsyncGenerator<SourcePage> {
  for (const each of pages) yield await Promise.resolve(each)
}

import { describe, expect, it } from 'vitest'
import type { SourcePage } from '../../../core/connector/source.ts'
import { writeAhead } from '../../../core/sync/write-ahead.ts'

const page = (cursor: number): SourcePage => ({ records: [], quarantined: [], cursor })

/** Pages 1 to `last`, noted when they are asked for; "closed" when it ends. */
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

/** A store whose writes end when the test says so. */
function aSlowStore(notes: string[]) {
  const writing = new Map<number, PromiseWithResolvers<undefined>>()
  return {
    write: async ({ cursor }: SourcePage): Promise<void> => {
      notes.push(`write ${Number(cursor)}`)
      const turn = Promise.withResolvers<undefined>()
      writing.set(Number(cursor), turn)
      await turn.promise
    },
    end: (cursor: number): void => writing.get(cursor)?.resolve(undefined),
    fail: (cursor: number, error: Error): void => writing.get(cursor)?.reject(error),
  }
}

describe('writeAhead', () => {
  it('hands one page to the store while another is written, and gives each once it is', async () => {
    const notes: string[] = []
    const store = aSlowStore(notes)
    const pages = writeAhead(counting(4, notes), store.write)
    const first = pages.next()
    await settle()
    expect(notes).toEqual(['read 1', 'write 1', 'read 2', 'write 2'])
    store.end(2)
    await settle()
    expect(notes).toHaveLength(4)
    store.end(1)
    expect((await first).value).toMatchObject({ cursor: 1 })
    expect((await pages.next()).value).toMatchObject({ cursor: 2 })
    store.end(3)
    store.end(4)
    await pages.return(undefined)
  })

  it('gives a page that is written without waiting for the next one', async () => {
    const asked = Promise.withResolvers<undefined>()
    async function* slow(): AsyncGenerator<SourcePage> {
      yield page(1)
      await asked.promise
      yield page(2)
    }
    const pages = writeAhead(slow(), () => Promise.resolve())
    expect((await pages.next()).value).toMatchObject({ cursor: 1 })
    asked.resolve(undefined)
    expect((await pages.next()).value).toMatchObject({ cursor: 2 })
    expect((await pages.next()).done).toBe(true)
  })

  it('reports an error of the source after the pages before it', async () => {
    const given: unknown[] = []
    const read = async (): Promise<void> => {
      for await (const { cursor } of writeAhead(counting(3, [], new Error('torn')), settle))
        given.push(cursor)
    }
    await expect(read()).rejects.toThrow('torn')
    expect(given).toEqual([1, 2, 3])
  })

  it('gives nothing that was written after a page that could not be, and ends when no write is under way', async () => {
    const notes: string[] = []
    const store = aSlowStore(notes)
    const pages = writeAhead(counting(9, notes), store.write)
    const first = pages.next()
    await settle()
    store.fail(1, new Error('full disk'))
    let ended = false
    const end = first.catch((error: unknown) => {
      ended = true
      return error
    })
    await settle()
    expect(ended).toBe(false)
    store.end(2)
    expect(await end).toMatchObject({ message: 'full disk' })
    expect(notes).toEqual(['read 1', 'write 1', 'read 2', 'write 2', 'closed'])
  })
})

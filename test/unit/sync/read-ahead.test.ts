import { describe, expect, it } from 'vitest'
import { readAhead } from '../../../core/sync/read-ahead.ts'

/** Counts up to `last`, noting each number when it is asked for and "closed" when it ends. */
async function* counting(last: number, notes: string[], failure?: Error): AsyncGenerator<number> {
  try {
    for (let n = 1; n <= last; n += 1) {
      notes.push(`read ${n}`)
      yield await Promise.resolve(n)
    }
    if (failure) throw failure
  } finally {
    notes.push('closed')
  }
}

describe('readAhead', () => {
  it('gives all items in order, and has asked for the next one while the last is worked on', async () => {
    const notes: string[] = []
    for await (const n of readAhead(counting(3, notes))) notes.push(`work ${n}`)
    expect(notes).toEqual(['read 1', 'read 2', 'work 1', 'read 3', 'work 2', 'closed', 'work 3'])
  })

  it('reports an error of the source after the items before it', async () => {
    const worked: number[] = []
    const read = async (): Promise<void> => {
      for await (const n of readAhead(counting(2, [], new Error('torn')))) worked.push(n)
    }
    await expect(read()).rejects.toThrow('torn')
    expect(worked).toEqual([1, 2])
  })

  it('closes the source when the work fails', async () => {
    const notes: string[] = []
    const read = async (): Promise<void> => {
      for await (const n of readAhead(counting(9, notes))) if (n === 2) throw new Error('full disk')
    }
    await expect(read()).rejects.toThrow('full disk')
    expect(notes.at(-1)).toBe('closed')
  })
})

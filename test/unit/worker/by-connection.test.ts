import { describe, expect, it } from 'vitest'
import { byConnection } from '../../../hub-server/worker/by-connection.ts'

const items = ['crm-1', 'ads-1', 'crm-2', 'ads-2', 'web-1']
const connectionOf = (item: string): string => item.slice(0, 3)

describe('work by connection', () => {
  it('goes on with the others while one connection hangs', async () => {
    const hang = Promise.withResolvers<undefined>()
    const ended: string[] = []
    const all = byConnection(items, connectionOf, async (item) => {
      if (item === 'crm-1') await hang.promise
      ended.push(item)
      return item
    })
    await expect.poll(() => ended).toEqual(['ads-1', 'web-1', 'ads-2'])
    hang.resolve(undefined)
    expect(await all).toEqual(['crm-1', 'crm-2', 'ads-1', 'ads-2', 'web-1'])
  })

  it('works on one item of a connection at a time', async () => {
    let underWay = 0
    let most = 0
    await byConnection(['crm-1', 'crm-2', 'crm-3'], connectionOf, async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await Promise.resolve()
      underWay -= 1
    })
    expect(most).toBe(1)
  })

  it('throws the first fault only when all others have ended', async () => {
    const ended: string[] = []
    const all = byConnection(items, connectionOf, async (item) => {
      if (item === 'crm-1') throw new Error('broken')
      await Promise.resolve()
      ended.push(item)
    })
    await expect(all).rejects.toThrow('broken')
    expect(ended.toSorted()).toEqual(['ads-1', 'ads-2', 'web-1'])
  })

  it('works with as many connections as there are, in their order', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `${String(index).padStart(3, '0')}-1`)
    expect(await byConnection(many, connectionOf, async (item) => item)).toEqual(many)
  })
})

import { describe, expect, it } from 'vitest'
import { commitTogether } from '../../../hub-server/inbox/commit-together.ts'

/** Commits that end when the test says so. */
function slowCommits() {
  const taken: number[][] = []
  const ends: PromiseWithResolvers<void>[] = []
  let arrived = Promise.withResolvers<void>()
  const keep = commitTogether(async (items: readonly number[]) => {
    const end = Promise.withResolvers<void>()
    taken.push([...items])
    ends.push(end)
    arrived.resolve()
    await end.promise
  })
  return {
    keep,
    taken,
    ends,
    nextCommit: async (): Promise<void> => {
      await arrived.promise
      arrived = Promise.withResolvers()
    },
  }
}

describe('commitTogether', () => {
  it('commits together what comes in one turn, and what comes while a commit is under way', async () => {
    const { keep, taken, ends, nextCommit } = slowCommits()
    const first = [keep([1, 2]), keep([3])]
    await nextCommit()
    const later = [keep([4]), keep([5]), keep([])]
    ends[0]?.resolve()
    await Promise.all(first)
    await nextCommit()
    ends[1]?.resolve()
    await Promise.all(later)
    expect(taken).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
  })

  it('resolves nothing before the commit that holds it', async () => {
    const { keep, ends, nextCommit } = slowCommits()
    let kept = false
    const done = keep([1]).then(() => (kept = true))
    await nextCommit()
    expect(kept).toBe(false)
    ends[0]?.resolve()
    await done
  })

  it('tells a failure to all whose commit it was, and goes on', async () => {
    let broken = true
    const keep = commitTogether(async () => {
      if (broken) throw new TypeError('disk full')
    })
    const failed = await Promise.allSettled([keep([1]), keep([2])])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    broken = false
    await keep([3])
  })

  it('cuts a burst into commits of at most 500 messages', async () => {
    const sizes: number[] = []
    const keep = commitTogether(async (items: readonly number[]) => void sizes.push(items.length))
    await Promise.all(Array.from({ length: 1200 }, (_, index) => keep([index])))
    expect(sizes).toEqual([500, 500, 200])
  })
})

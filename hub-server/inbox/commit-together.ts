import { setImmediate as endOfTurn } from 'node:timers/promises'

/** Pieces that one commit takes at most, so that a burst does not hold the event loop for long at once. */
const mostPieces = 500

interface Piece<Item> {
  readonly items: readonly Item[]
  readonly done: PromiseWithResolvers<void>
}

/**
 * Group commit: what arrives while a commit is under way, or in the same turn of the event loop, is committed together, so that a
 * burst of messages costs a few flushes to the disk instead of one each. The promise settles as the commit that holds its items does.
 */
export function commitTogether<Item>(
  commit: (items: readonly Item[]) => Promise<unknown>,
): (items: readonly Item[]) => Promise<void> {
  const waiting: Piece<Item>[] = []
  let draining = false

  async function drain(): Promise<void> {
    draining = true
    while (waiting.length > 0) {
      // Messages of one burst are read one after the other in one turn: the first must not be committed alone.
      await endOfTurn()
      const taken = waiting.splice(0, mostPieces)
      try {
        await commit(taken.flatMap(({ items }) => items))
        for (const { done } of taken) done.resolve()
      } catch (error) {
        for (const { done } of taken) done.reject(error)
      }
    }
    draining = false
  }

  return async (items) => {
    const done = Promise.withResolvers<void>()
    waiting.push({ items, done })
    if (!draining) void drain()
    await done.promise
  }
}

/**
 * Gives the items of a source in order, and asks for the next one while the last is worked on: reading and writing overlap. An error
 * of the source surfaces after the items before it.
 */
export async function* readAhead<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  const ask = (): Promise<IteratorResult<Item, unknown>> => {
    const answer = iterator.next()
    // Handled when its turn comes; until then it must not count as unhandled.
    answer.catch(() => undefined)
    return answer
  }
  try {
    for (let next = await ask(); next.done !== true;) {
      const { value } = next
      const following = ask()
      yield value
      next = await following
    }
  } finally {
    await iterator.return?.()
  }
}

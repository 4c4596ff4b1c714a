/** How many connections are worked with at once: each holds a batch in memory, and one that hangs holds a place. */
const mostAtOnce = 32

/**
 * Works on items one after the other within a connection, whose budget they share, and on connections beside each other, so that one
 * that hangs or fails holds up no other. Results come in the order of the connections. Throws the first fault when all have ended.
 */
export async function byConnection<Item, Result>(
  items: readonly Item[],
  connectionOf: (item: Item) => string,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const groups = [...Map.groupBy(items, connectionOf).values()]
  const settled: PromiseSettledResult<Result[]>[] = []
  const waiting = [...groups.entries()]
  const takeGroups = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [place, group] = next
      const [result] = await Promise.allSettled([inTurn(group, work)])
      settled[place] = result
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, groups.length) }, takeGroups))
  const broken = settled.find((group) => group.status === 'rejected')
  if (broken) throw broken.reason
  return settled.flatMap((group) => (group.status === 'fulfilled' ? group.value : []))
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** As many as take a millisecond or two, of what is done with the records of a batch: normalising, hashing, reading JSON. */
const itemsPerPiece = 250

/**
 * Lets everything go first that waits for the event loop. What works on thousands of records shares it with everybody who asks the hub for
 * something, and each of their questions needs it several times.
 */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Works on each item, in order, and gives way now and then. What it throws ends the work. */
export async function eachInPieces<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % itemsPerPiece === 0) await giveWay()
    work(item, index)
  }
}

/** `items.map(toResult)`, giving way now and then. */
export async function mapInPieces<Item, Result>(
  items: readonly Item[],
  toResult: (item: Item, index: number) => Result,
): Promise<Result[]> {
  const results: Result[] = []
  await eachInPieces(items, (item, index) => void results.push(toResult(item, index)))
  return results
}

/** `JSON.stringify` of an object, giving way now and then where lists in it are long. Members that are undefined are left out. */
export async function toJsonInPieces(value: unknown): Promise<string> {
  if (Array.isArray(value) && value.length > itemsPerPiece)
    return `[${(await mapInPieces(value, (item: unknown) => JSON.stringify(item ?? null))).join(',')}]`
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'toJSON' in value)
    return JSON.stringify(value ?? null)
  const members: string[] = []
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${await toJsonInPieces(member)}`)
  return `{${members.join(',')}}`
}

/** Requests of one batch that are under way together; how fast they go out is up to the rate budget. */
const together = 12

/**
 * Cuts a list into chunks and works on a few of them at a time. When one fails, those under way are waited for before its error
 * is thrown, so that nothing of an abandoned batch is still being written.
 */
export async function eachChunk<Item>(
  items: readonly Item[],
  size: number,
  work: (chunk: readonly Item[]) => Promise<void>,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
  for (let start = 0; start < chunks.length; start += together) {
    const settled = await Promise.allSettled(chunks.slice(start, start + together).map(work))
    for (const result of settled) if (result.status === 'rejected') throw result.reason
  }
}

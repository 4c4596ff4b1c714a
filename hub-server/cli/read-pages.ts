import type { PageQuery } from '../api/contract/wire.ts'

const pageSize = 500

interface Told<Entry> {
  readonly entries: readonly Entry[]
  readonly nextCursor: string | null
}

/** The first `most` entries of a list that the hub gives in pages; all of them where it is not said. */
export async function readPages<Entry>(
  ask: (query: PageQuery) => Promise<Told<Entry>>,
  most = Infinity,
): Promise<readonly Entry[]> {
  const all: Entry[] = []
  let cursor: string | null = null
  do {
    const page: Told<Entry> = await ask({
      limit: Math.min(pageSize, most - all.length),
      ...(cursor !== null && { cursor }),
    })
    for (const entry of page.entries) all.push(entry)
    cursor = page.nextCursor
  } while (cursor !== null && all.length < most)
  return all
}

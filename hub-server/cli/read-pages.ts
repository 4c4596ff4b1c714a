import type { PageQuery } from '../api/contract/wire.ts'

const pageSize = 500

/** All entries of a list that the hub gives in pages. */
export async function readPages<Entry>(
  ask: (
    query: PageQuery,
  ) => Promise<{ readonly entries: readonly Entry[]; readonly nextCursor: string | null }>,
): Promise<readonly Entry[]> {
  const all: Entry[] = []
  let cursor: string | null = null
  do {
    const page: { readonly entries: readonly Entry[]; readonly nextCursor: string | null } = await ask({
      limit: pageSize,
      ...(cursor !== null && { cursor }),
    })
    for (const entry of page.entries) all.push(entry)
    cursor = page.nextCursor
  } while (cursor !== null)
  return all
}

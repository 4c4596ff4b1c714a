import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../../hub-server/warehouse/suppression/digest.ts'
import { createSuppressionList } from '../../../hub-server/warehouse/suppression/suppression-list.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { worldSchema } from '../segment/random-world.ts'

it('the suppression list is told in pages, each line once, also where a line went in between', async () => {
  const duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
  onTestFinished(() => duckdb.close())
  await prepareTables(duckdb, worldSchema)
  const list = createSuppressionList({
    duckdb,
    schema: worldSchema,
    digest: createIdentifierDigest(new Uint8Array(32)),
  })
  for (const part of [0, 1])
    await list.add(
      Array.from({ length: 10 }, (_none, index) => `p${part}${index}@example.com`),
      { reason: '', actor: 'test', at: 1_767_000_000_000 + part },
    )
  const told: string[] = []
  for (let after; ;) {
    const page = await list.entries({ limit: 3, after })
    after = page.at(-1)
    if (!after) break
    for (const { digest } of page) told.push(digest)
    if (told.length === 3) await duckdb.run(`DELETE FROM suppression WHERE digest = $1`, [after.digest])
  }
  expect([told.length, new Set(told).size]).toEqual([20, 20])
})

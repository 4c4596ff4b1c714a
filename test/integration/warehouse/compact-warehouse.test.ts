import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import {
  compactWarehouse,
  draftOf,
  removeDraft,
} from '../../../hub-server/warehouse/erasure/compact-warehouse.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { aProfileSchema } from '../../support/a-delivery-workspace.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const secretWord = 'zebra-crossing-at-midnight'

async function fillWarehouse(path: string): Promise<DuckDb> {
  const duckdb = await openDuckDb({ path, memoryLimitMb: 300, threads: 1 })
  await prepareTables(duckdb, aProfileSchema)
  await duckdb.run(
    `INSERT INTO quarantine SELECT 'shop', 'people', 'line ' || i, 'code', 'message',
      CASE i WHEN 50 THEN $1 ELSE 'row ' || i END, 'run', now()::TIMESTAMP FROM range(100) t(i)`,
    [secretWord],
  )
  await duckdb.run(`SELECT nextval('record_id_sequence') FROM range(41)`)
  await duckdb.checkpoint()
  return duckdb
}

const holdsWord = (folder: string): boolean =>
  readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(secretWord))

const countRows = async (duckdb: DuckDb): Promise<unknown> =>
  (await duckdb.one<{ count: bigint }>(`SELECT count(*) AS count FROM quarantine`))?.count

const broken = (): never => {
  throw new Error('no space left')
}

describe('compactWarehouse', () => {
  it('leaves no byte of what was deleted, which a checkpoint alone does', async () => {
    await using folder = await createWorkspaceFolder({})
    const path = join(folder.path, 'warehouse.duckdb')
    const duckdb = await fillWarehouse(path)
    await duckdb.run(`DELETE FROM quarantine WHERE raw = $1`, [secretWord])
    await duckdb.checkpoint()
    expect(holdsWord(folder.path)).toBe(true)
    await compactWarehouse(duckdb, { path })
    expect(holdsWord(folder.path)).toBe(false)
    duckdb.close()
    expect(holdsWord(folder.path)).toBe(false)
  })

  it('keeps all other rows, the sequences, and views; what waited for it goes on', async () => {
    await using folder = await createWorkspaceFolder({})
    const path = join(folder.path, 'warehouse.duckdb')
    const duckdb = await fillWarehouse(path)
    const [, counted, read] = await Promise.all([
      compactWarehouse(duckdb, { path }),
      countRows(duckdb),
      duckdb.read<{ n: bigint }>(`SELECT count(*) AS n FROM quarantine`),
    ])
    expect([counted, read[0]?.n]).toEqual([100n, 100n])
    expect(await duckdb.one(`SELECT nextval('record_id_sequence') AS next`)).toEqual({ next: 42n })
    expect(await duckdb.all(`SELECT * FROM every_identifier`)).toEqual([])
    duckdb.close()
  })

  it('puts the old warehouse back into use when the copy fails', async () => {
    await using folder = await createWorkspaceFolder({})
    const path = join(folder.path, 'warehouse.duckdb')
    const duckdb = await fillWarehouse(path)
    await expect(compactWarehouse(duckdb, { path, reach: broken })).rejects.toThrow('no space left')
    expect(await countRows(duckdb)).toBe(100n)
    duckdb.close()
  })

  it('forgets the copy of a compaction that was cut off', async () => {
    await using folder = await createWorkspaceFolder({})
    const path = join(folder.path, 'warehouse.duckdb')
    await writeFile(draftOf(path), 'half a copy')
    removeDraft(path)
    expect(existsSync(draftOf(path))).toBe(false)
  })
})

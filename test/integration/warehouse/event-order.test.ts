import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { compactWarehouse } from '../../../hub-server/warehouse/erasure/compact-warehouse.ts'
import { createEventOrder } from '../../../hub-server/warehouse/profile/event-order.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { aProfileSchema } from '../../support/a-delivery-workspace.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const few = 200_000

/** So many events of 50,000 people, one after the other. */
const insertSql = (events: number, order = ''): string => `
  INSERT INTO event (message_id, record_id, profile_id, name, time, received_at)
  SELECT 'm' || i, person, person, 'view', TIMESTAMP '2026-10-01' + INTERVAL 1 SECOND * i::INT, TIMESTAMP '2026-11-20'
  FROM (SELECT i, 1 + (hash(i) % 50_000)::BIGINT AS person FROM range(${events}) t(i)) ${order}`

it('events that came live lie apart until the file is rewritten, which changes none of them', async () => {
  await using folder = await createWorkspaceFolder({})
  const path = join(folder.path, 'warehouse.duckdb')
  const duckdb = await openDuckDb({ path, memoryLimitMb: 300 })
  await prepareTables(duckdb, aProfileSchema)
  const order = createEventOrder(duckdb, few)
  const digest = (): Promise<unknown> =>
    duckdb.one(`SELECT count(*) AS events, bit_xor(hash(event)) AS rows FROM event`)
  const inOrder = (): Promise<unknown> =>
    duckdb.one(
      `SELECT count(*) AS n FROM (SELECT profile_id < lag(profile_id) OVER (ORDER BY rowid) AS back FROM event) WHERE back`,
    )
  const isRecent = `time >= TIMESTAMP '2026-10-21'`
  /** Whether those of the last month before the latest one come after all others. */
  const recentLast = (): Promise<unknown> =>
    duckdb.one(
      `SELECT max(rowid) FILTER (NOT ${isRecent}) < min(rowid) FILTER (${isRecent}) AS last FROM event`,
    )
  expect(await order.lieApart()).toBe(false)
  await duckdb.run(insertSql(3_000_000))
  expect(await order.lieApart()).toBe(true)
  // Nothing came since: it is not looked at again.
  expect(await order.lieApart()).toBe(false)
  const before = await digest()
  await compactWarehouse(duckdb, { path })
  expect(await digest()).toEqual(before)
  expect(await inOrder()).toEqual({ n: 1n })
  expect(await recentLast()).toEqual({ last: true })
  expect(await createEventOrder(duckdb, few).lieApart()).toBe(false)
  duckdb.close()
})

it('what a pull brought lies together, and so few that came after it are left alone', async () => {
  const duckdb = await openDuckDb({ path: ':memory:' })
  await prepareTables(duckdb, aProfileSchema)
  await duckdb.run(insertSql(1_500_000, 'ORDER BY person'))
  await duckdb.run(insertSql(190_000))
  expect(await createEventOrder(duckdb, few).lieApart()).toBe(false)
  await duckdb.run(insertSql(200_000))
  expect(await createEventOrder(duckdb, few).lieApart()).toBe(true)
  duckdb.close()
})

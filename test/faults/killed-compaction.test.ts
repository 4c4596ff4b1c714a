import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { draftOf } from '../../hub-server/warehouse/erasure/compact-warehouse.ts'
import { isCompactionWanted } from '../../hub-server/worker/compact-stores.ts'
import { openErasure, previewErasure } from '../../hub-server/worker/erase-person.ts'
import { runCycle } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../support/a-cycle.ts'
import { createFixedClock } from '../support/fixed-clock.ts'
import { createLedgerConnector } from '../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../support/ledger-platform.ts'
import { searchBytes } from '../support/search-bytes.ts'
import { startProcess } from '../support/start-process.ts'
import { createWorkspaceFolder } from '../support/workspace-folder.ts'

const ada = { id: 'shop-ada-77', email: 'ada.lovelace@analytical.example', consent: 'yes' }
const clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })

let platform: LedgerPlatform
let workspace: Workspace
let folder: Awaited<ReturnType<typeof createWorkspaceFolder>>

beforeEach(async () => {
  platform = await startLedgerPlatform(clock)
  platform.people.push(...shopPeople(1, 40), ada)
  workspace = aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }])
  folder = await createWorkspaceFolder({})
})
afterEach(async () => {
  await platform.close()
  await folder[Symbol.asyncDispose]()
})

const openBench = (): Promise<CycleBench> =>
  aCycleBench({ folder: folder.path, clock, workspace, connectors: [createLedgerConnector()] })

const request = () => ({
  workspace,
  asOf: clock.now(),
  actor: 'test',
  signal: new AbortController().signal,
  onEvent: () => undefined,
})

/** Everything that is stored, but for what the hub counts of itself. */
async function dump(bench: CycleBench): Promise<unknown> {
  const tables = [
    'source_record',
    'record_trait',
    'profile',
    'membership',
    'delivery',
    'tombstone',
    'delivery_target',
  ]
  const rows = await Promise.all(
    tables.map((table) => bench.duckdb.all(`SELECT to_json(t)::VARCHAR AS row FROM ${table} t ORDER BY row`)),
  )
  return [rows, await bench.profiles.counts()]
}

describe('a process that is killed while it rewrites the warehouse', () => {
  it.each(['copying', 'copied', 'swapped'])(
    'at "%s" loses nothing, and the next cycle ends its work',
    async (phase) => {
      const path = join(folder.path, 'warehouse.duckdb')
      const before = await openBench()
      await runCycle(before, request())
      const desk = { ...before, ...request() }
      const profileId = (await before.rights.findPerson(ada.email)) ?? ''
      await openErasure(desk, await previewErasure(before, profileId))
      const held = await dump(before)
      await before.close()

      const killed = startProcess('compact-warehouse.ts', path, phase)
      expect(await killed.exitCode(), 'killed, not ended').toBeNull()
      expect(existsSync(draftOf(path))).toBe(phase !== 'swapped')

      clock.advance(1000)
      const after = await openBench()
      expect(existsSync(draftOf(path))).toBe(false)
      expect(await dump(after)).toEqual(held)
      expect(await isCompactionWanted(after.control)).toBe(true)
      await runCycle(after, request())
      expect(await isCompactionWanted(after.control)).toBe(false)
      await after.close()
      expect(searchBytes(folder.path, [ada.email, ada.id])).toEqual([])
      expect(platform.members('Subscribers')).toHaveLength(40)
    },
  )
})

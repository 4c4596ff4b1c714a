import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SyncPhase } from '../../../core/sync/phase.ts'
import { openEventSpool } from '../../../hub-server/intake/event-spool.ts'
import { createBackup } from '../../../hub-server/operation/backup/create-backup.ts'
import { restoreBackup } from '../../../hub-server/operation/backup/restore-backup.ts'
import { approveRun } from '../../../hub-server/worker/approve-run.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { reportFigure } from '../../support/report-figure.ts'

const people = Number(process.env['RESTORE_PEOPLE'] ?? 2_000)
const hour = 3_600_000
const secrets = { key: randomBytes(32).toString('base64') }

let root: string
let clock: FixedClock
let platform: LedgerPlatform
let bench: CycleBench

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'affluent-backup-'))
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  platform = await startLedgerPlatform(clock)
  bench = await openBench('live')
  openEventSpool(join(root, 'live/.affluent/events.sqlite')).close()
})
afterEach(async () => {
  await bench.close()
  await platform.close()
  await rm(root, { recursive: true, force: true })
})

async function openBench(name: string): Promise<CycleBench> {
  const folder = join(root, name, '.affluent')
  await mkdir(folder, { recursive: true })
  const workspace = aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }])
  const connector = createLedgerConnector({ recordsPerBatch: 100 })
  const opened = await aCycleBench({ folder, clock, workspace, connectors: [connector] })
  const documents = [...workspace.connections.values(), workspace.profileSchema, ...workspace.syncs.values()]
  if ((await opened.control.appliedManifests()).length === 0)
    await opened.control.applyManifests(
      documents.map((manifest) => ({
        operation: 'create' as const,
        kind: manifest.kind,
        name: manifest.name,
        digest: manifest.name,
        document: JSON.parse(JSON.stringify(manifest)),
      })),
      { at: clock.now(), actor: 'test' },
    )
  return opened
}

function cycle(of: CycleBench, reach: (phase: SyncPhase) => void = () => undefined): Promise<CycleReport> {
  clock.advance(60_000)
  return runCycle(
    { ...of, reach },
    {
      workspace: aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }]),
      asOf: clock.now(),
      actor: 'test',
      signal: new AbortController().signal,
      onEvent: () => undefined,
    },
  )
}

const backUp = (target = join(root, 'backup'), signal = new AbortController().signal) =>
  createBackup(
    {
      folder: join(root, 'live'),
      control: bench.control,
      duckdb: bench.duckdb,
      clock,
      signal,
    },
    { target, withKey: false, actor: 'cli:test' },
  )

const restore = (given: { key: string } | Record<string, never> = secrets, name = 'restored') =>
  restoreBackup({
    from: join(root, 'backup'),
    folder: join(root, name),
    secrets: given,
    actor: 'cli:test',
    clock,
  })

const emails = (from: number, to: number): string[] =>
  shopPeople(from, to)
    .map(({ email }) => email)
    .sort()

describe('a backup', () => {
  it('is for its owner alone, also in a folder that others may read', async () => {
    const target = join(root, 'open')
    await mkdir(target, { mode: 0o755 })
    await backUp(target)
    const names = await readdir(target)
    const modes = await Promise.all(names.map(async (name) => (await stat(join(target, name))).mode & 0o777))
    expect(names.length).toBeGreaterThan(3)
    expect(new Set(modes)).toEqual(new Set([0o600]))
  })

  it('that fails leaves nothing behind, and can be made again at the same place', async () => {
    const target = join(root, 'again')
    await expect(backUp(target, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AffluentError',
    })
    expect(await readdir(target)).toEqual([])
    await backUp(target)
  })

  it.each(['file/below', 'a\u0000b'])('says that no folder can be made at %j', async (name) => {
    await writeFile(join(root, 'file'), '')
    await expect(backUp(join(root, name))).rejects.toMatchObject({ code: 'store.unwritable' })
  })

  it('R22: taken while syncing at full speed and restored elsewhere, it passes the accountant', async (context) => {
    platform.people.push(...shopPeople(1, people))
    await cycle(bench)
    platform.people.push(...shopPeople(people + 1, 2 * people))
    let taken: Promise<unknown> | undefined
    await cycle(bench, (phase) => {
      // In the middle of a delivery: its run is open, some of its batches are confirmed and some are not sent.
      if (phase === 'confirmed') taken ??= backUp()
    })
    await taken
    expect(platform.members('Subscribers')).toEqual(emails(1, 2 * people))
    await restore()
    const copy = await openBench('restored')
    try {
      const first = await cycle(copy)
      const [run] = await copy.control.runs({ sync: 'to-crm', limit: 1 })
      if (run?.state === 'awaiting_approval') {
        await approveRun({ ...copy, actor: 'test' }, run.id, run.planDigest ?? '')
        await cycle(copy)
      }
      const delivered = await copy.deliveries.deliveredCount('to-crm')
      const held = platform.members('Subscribers')
      const wanted = new Set(emails(1, 2 * people))
      const mismatches = Math.abs(delivered - wanted.size) + new Set(held).symmetricDifference(wanted).size
      reportFigure(context, {
        check: 'R22',
        claim: 'mismatches after a backup in the middle of a delivery, restored elsewhere',
        value: mismatches,
        of: wanted.size,
        target: '0',
      })
      expect(first.error).toBeUndefined()
      expect(mismatches).toBe(0)
      expect((await cycle(copy)).runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
    } finally {
      await copy.close()
    }
  })

  it('R20: of a day ago, restored, changes nothing on the platform before a person approved the difference', async (context) => {
    platform.people.push(...shopPeople(1, 300))
    await cycle(bench)
    await backUp()
    clock.advance(24 * hour)
    // A day's work that the backup does not know of: 40 people came, 20 left, and somebody tidied the list by hand.
    platform.people.push(...shopPeople(301, 340))
    platform.people.splice(0, 20)
    await cycle(bench)
    const before = platform.members('Subscribers')
    const writes = platform.writes()
    await restore()
    const copy = await openBench('restored')
    try {
      const report = await cycle(copy)
      const run = report.runs.find(({ sync }) => sync === 'to-crm')
      const unexpected = platform.writes() - writes
      reportFigure(context, {
        check: 'R20',
        claim: 'writes to the platform after a restore and before an approval',
        value: unexpected,
        target: '0',
      })
      expect(unexpected).toBe(0)
      expect(platform.members('Subscribers')).toEqual(before)
      expect(run).toMatchObject({ state: 'awaiting_approval', error: { code: 'run.restored' } })
      // The 20 who left are not on the platform: comparing saw that, so nobody is asked to remove them again.
      expect(run?.counters).toMatchObject({ adds: 40, removes: 0 })
      const [waiting] = await copy.control.runs({ sync: 'to-crm', limit: 1 })
      await approveRun({ ...copy, actor: 'test' }, waiting?.id ?? '', waiting?.planDigest ?? '')
      await cycle(copy)
      expect(platform.members('Subscribers')).toEqual(before)
      expect((await cycle(copy)).runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
    } finally {
      await copy.close()
    }
  })

  it('holds nothing that opens secrets unless that is asked for, and says so when it is restored', async () => {
    await cycle(bench)
    await backUp()
    expect((await readdir(join(root, 'backup'))).sort()).toEqual([
      'audit-head.json',
      'backup.json',
      'control.sqlite',
      'events.sqlite',
      'warehouse.duckdb',
    ])
    await expect(restore({})).rejects.toMatchObject({ code: 'backup.key_needed' })
    expect(existsSync(join(root, 'restored/.affluent'))).toBe(false)
  })

  it('is refused when one byte of it changed', async () => {
    await cycle(bench)
    await backUp()
    await appendFile(join(root, 'backup/warehouse.duckdb'), 'x')
    await expect(restore()).rejects.toMatchObject({
      code: 'backup.damaged',
      params: { file: 'warehouse.duckdb' },
    })
    expect(existsSync(join(root, 'restored/.affluent'))).toBe(false)
  })

  it('is never put over data, nor written over anything', async () => {
    await cycle(bench)
    await backUp()
    await expect(restore(secrets, 'live')).rejects.toMatchObject({ code: 'usage.folder_not_empty' })
    await expect(backUp()).rejects.toMatchObject({ code: 'usage.folder_not_empty' })
    await expect(backUp(join(root, 'live'))).rejects.toMatchObject({ code: 'usage.folder_not_empty' })
  })

  it('is none where there is no list', async () => {
    await mkdir(join(root, 'backup'))
    await expect(restore()).rejects.toMatchObject({ code: 'backup.no_backup' })
  })
})

import { existsSync } from 'node:fs'
import { AffluentError, type ErrorParams } from '../../../core/errors/affluent-error.ts'
import type { SyncManifest, Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import type { Run } from '../../../core/sync/run.ts'
import { showStatus } from '../../api/contract/cycle.ts'
import { dataPaths } from '../../data-paths.ts'
import { openControlStore } from '../../store/open-control-store.ts'
import type { CommandAction, CommandContext } from '../command.ts'
import { describeCounters } from '../describe-counters.ts'
import { exitCode } from '../exit-code.ts'
import { showReasons, type Reasons } from '../show-reasons.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

interface SyncStatus {
  readonly sync: SyncManifest
  readonly lastRun: Run | undefined
}

/** What only the holder of the lock may read; `holder` says who that is when it is not us. */
interface WarehouseStatus {
  readonly counts?: Awaited<ReturnType<ProfileStore['counts']>>
  readonly reasons: ReadonlyMap<string, Reasons>
  readonly holder?: ErrorParams
}

/** Shows each sync with its last run, and what waits for a person. Works beside a running hub too, without the counts of people. */
export const status: CommandAction = async (context) => {
  const { terminal, folder, clock } = context
  const { control } = dataPaths(folder)
  const notApplied = new AffluentError('run.not_applied', { act: 'affluent status' })
  if (!existsSync(control)) throw notApplied
  const store = await openControlStore(control, clock, { inspect: true })
  try {
    const documents = await store.appliedManifests()
    const workspace = toWorkspace(documents.map(({ document }) => parseManifest(document)))
    if (!workspace) throw notApplied
    const syncs = await lastRuns(store, workspace)
    const warehouse = await readWarehouse(context)
    terminal.document('status', toDocument(syncs, warehouse))
    showSyncs(terminal, syncs, warehouse.reasons)
    showWarehouse(terminal, warehouse)
    return exitCode.done
  } finally {
    await store.close()
  }
}

function lastRuns(store: ControlStore, workspace: Workspace): Promise<SyncStatus[]> {
  return Promise.all(
    [...workspace.syncs.values()].map(async (sync) => {
      const [lastRun] = await store.runs({ sync: sync.name, limit: 1 })
      return { sync, lastRun }
    }),
  )
}

async function readWarehouse(context: CommandContext): Promise<WarehouseStatus> {
  try {
    return await withClient(context, 'status', async (hub) => {
      const { counts, syncs } = await hub.ask(showStatus)
      const reasons = new Map(
        syncs.flatMap((told) => (told.lastRun ? [[told.lastRun.id, told.reasons] as const] : [])),
      )
      return { counts, reasons, ...(hub.holder && { holder: hub.holder }) }
    })
  } catch (error) {
    if (!(error instanceof AffluentError) || error.code !== 'store.locked') throw error
    return { reasons: new Map(), holder: error.params }
  }
}

function toDocument(
  syncs: readonly SyncStatus[],
  { counts, reasons, holder }: WarehouseStatus,
): Readonly<Record<string, unknown>> {
  return {
    ...counts,
    ...(holder && { held_by: holder }),
    syncs: syncs.map(({ sync, lastRun }) => ({
      sync: sync.name,
      last_run: lastRun ?? null,
      reasons: (lastRun && reasons.get(lastRun.id)) ?? [],
    })),
  }
}

function showSyncs(
  terminal: Terminal,
  syncs: readonly SyncStatus[],
  reasons: WarehouseStatus['reasons'],
): void {
  const { t } = terminal.translator
  if (syncs.length === 0) {
    terminal.say(t('status.none'))
    return
  }
  const header = ['sync', 'state', 'last', 'counts'].map((key) => t(`status.${key}`))
  const rows = syncs.map(({ sync, lastRun }) => [
    sync.name,
    t(`states.${lastRun?.state ?? 'never'}`),
    lastRun ? terminal.instant(lastRun.startedAt) : '',
    lastRun ? describeCounters(terminal, lastRun) : '',
  ])
  showTable(terminal, header, rows)
  for (const { sync, lastRun } of syncs) {
    if (!lastRun) continue
    if (lastRun.state === 'awaiting_approval') terminal.say(t('status.waiting', { sync: sync.name }))
    else if (lastRun.error)
      terminal.say(
        t('status.reason', { sync: sync.name, reason: terminal.translator.error(lastRun.error).title }),
      )
    showReasons(terminal, reasons.get(lastRun.id) ?? [])
  }
}

function showWarehouse(terminal: Terminal, { counts, holder }: WarehouseStatus): void {
  const { t } = terminal.translator
  terminal.say()
  if (holder) {
    const { pid = '?', purpose = '?', address } = holder
    terminal.say(t(counts ? 'status.held_here' : 'status.held', { pid, purpose }))
    if (address !== undefined) terminal.say(t('status.held_at', { address }))
  }
  if (!counts) return
  const { profiles, events, sourceRecords } = counts
  terminal.say(
    [
      t('counts.profiles', { count: profiles, number: terminal.number(profiles) }),
      t('counts.events', { count: events, number: terminal.number(events) }),
      t('counts.sourceRecords', { count: sourceRecords, number: terminal.number(sourceRecords) }),
    ].join(' · '),
  )
}

import type { SyncManifest } from '../../../core/manifest/manifest.ts'
import type { Run } from '../../../core/sync/run.ts'
import { requireApplied } from '../../hub.ts'
import type { CommandDefinition } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Shows each sync with its last run, and what waits for a person. */
export const statusCommand: CommandDefinition = {
  name: 'status',
  examples: ['affluent status', 'affluent status --json'],
  async run(context) {
    const { terminal } = context
    const { syncs, counts } = await withHub(context, 'status', async (hub) => {
      const { workspace, profiles } = await hub.open(await requireApplied(hub, 'affluent status'))
      const lastRuns = [...workspace.syncs.values()].map(async (sync) => {
        const [lastRun] = await hub.control.runs({ sync: sync.name, limit: 1 })
        return { sync, lastRun }
      })
      return { syncs: await Promise.all(lastRuns), counts: await profiles.counts() }
    })
    terminal.document('status', {
      ...counts,
      syncs: syncs.map(({ sync, lastRun }) => ({ sync: sync.name, last_run: lastRun ?? null })),
    })
    showSyncs(terminal, syncs)
    const { t } = terminal.translator
    terminal.say()
    terminal.say(
      t('status.profiles', {
        profiles: terminal.number(counts.profiles),
        events: terminal.number(counts.events),
        records: terminal.number(counts.sourceRecords),
      }),
    )
    return exitCode.done
  },
}

function showSyncs(
  terminal: Terminal,
  syncs: readonly { readonly sync: SyncManifest; readonly lastRun: Run | undefined }[],
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
  for (const { lastRun } of syncs) {
    if (lastRun?.state === 'awaiting_approval') terminal.say(t('status.waiting', { run: lastRun.id }))
  }
}

/** The conservation law of a delivery, or what a pull read, as one line. */
export function describeCounters(
  terminal: Terminal,
  { kind, counters }: Pick<Run, 'kind' | 'counters'>,
): string {
  const numbers = Object.fromEntries(
    Object.entries(counters).map(([name, count]) => [name, terminal.number(Number(count))]),
  )
  return terminal.translator.t(kind === 'pull' ? 'run.pulled' : 'run.delivered', numbers)
}

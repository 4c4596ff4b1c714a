import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { isDeliverSync } from '../../../core/manifest/manifest.ts'
import type { ManifestChange } from '../../../core/port/control-store.ts'
import type { WithheldReason } from '../../../core/port/delivery-store.ts'
import type { SyncPlan } from '../../worker/plan-cycle.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readInstant } from '../as-of.ts'
import { cliActor } from '../cli-actor.ts'
import {
  hasOption,
  optionValue,
  optionValues,
  type CommandContext,
  type CommandDefinition,
} from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { planWorkspace, type WorkspacePlan } from '../plan-workspace.ts'
import { toPlanDocument } from '../saved-plan.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

const defaultSampleRows = 3

/** Shows the difference between the folder's manifests and those in force, and what each sync would send; changes nothing. */
export const planCommand: CommandDefinition = {
  name: 'plan',
  options: [
    { name: 'only', value: 'SYNC', repeatable: true, complete: 'sync' },
    { name: 'as-of', value: 'INSTANT' },
    { name: 'limit', value: 'ROWS' },
    { name: 'out', value: 'FILE', complete: 'file' },
    { name: 'detailed-exitcode' },
  ],
  examples: [
    'affluent plan',
    'affluent plan --only lapsed-to-meta --limit 10',
    'affluent plan --out plan.json',
  ],
  async run(context, input) {
    const { terminal, folder, config } = context
    const files = await readWorkspaceFiles(folder, config.env)
    const request = {
      asOf: readInstant(optionValue(input, 'as-of'), context.clock),
      only: optionValues(input, 'only'),
      sampleRows: Number(optionValue(input, 'limit') ?? defaultSampleRows),
      actor: cliActor(),
      signal: context.signal,
    }
    const plan = await withHub(context, 'plan', (hub) => planWorkspace(hub, files, request))
    terminal.document('plan', toPlanDocument(plan))
    await save(context, optionValue(input, 'out'), plan)
    showChanges(terminal, plan.changes)
    for (const sync of plan.syncs) showSync(terminal, sync, files.workspace)
    terminal.say()
    terminal.say(terminal.translator.t('plan.nothing_sent'))
    return hasOption(input, 'detailed-exitcode') && isPending(plan) ? exitCode.changesPending : exitCode.done
  },
}

async function save(
  { terminal, folder }: CommandContext,
  file: string | undefined,
  plan: WorkspacePlan,
): Promise<void> {
  if (file === undefined) return
  await writeFile(resolve(folder, file), `${JSON.stringify(toPlanDocument(plan), null, 2)}\n`)
  terminal.say(terminal.translator.t('plan.saved', { file }))
}

function isPending({ changes, syncs }: WorkspacePlan): boolean {
  return changes.length > 0 || syncs.some(({ plan }) => plan.adds + plan.updates + plan.removes > 0)
}

const changeMarks = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
} as const satisfies Readonly<Record<ManifestChange['operation'], readonly [string, Style]>>

/** Lists manifest changes as people know them from other tools: plus, tilde, minus. */
export function showChanges(terminal: Terminal, changes: readonly ManifestChange[]): void {
  const { t } = terminal.translator
  if (changes.length === 0) {
    terminal.say(t('plan.no_changes'))
    return
  }
  terminal.say(terminal.style('bold', t('plan.manifests', { count: changes.length })))
  for (const { operation, kind, name } of changes) {
    const [mark, style] = changeMarks[operation]
    terminal.say(`  ${terminal.style(style, mark)} ${kind} ${name} (${t(`plan.${operation}`)})`)
  }
}

function showSync(
  terminal: Terminal,
  { sync, plan, samples, batches, finding }: SyncPlan,
  workspace: Workspace,
): void {
  const { translator, number } = terminal
  const { t } = translator
  const counts = (['adds', 'updates', 'removes', 'unchanged'] as const).map((key) =>
    t(`plan.${key}`, { number: number(plan[key]) }),
  )
  if (plan.stillRejected > 0) counts.push(t('plan.still_rejected', { number: number(plan.stillRejected) }))
  const title = t('plan.sync', { sync, audience: audienceOf(workspace, sync) })
  const members = t('plan.members', { count: plan.members, members: number(plan.members) })
  terminal.say()
  terminal.say(
    `${terminal.style('bold', title)}: ${members}; ${counts.join(', ')}; ${t('plan.batches', { count: batches })}`,
  )
  for (const [reason, count] of withheldReasons(plan.withheld)) {
    terminal.say(`  ${t('plan.withheld', { number: number(count), reason: t(`withheld.${reason}`) })}`)
  }
  for (const { operation, fields } of samples) {
    terminal.say(
      terminal.style(
        'dim',
        `  ${t('plan.sample', { operation: t(`operations.${operation}`), row: JSON.stringify(fields) })}`,
      ),
    )
  }
  if (finding) {
    terminal.say(
      `  ${terminal.style('yellow', '!')} ${t('plan.guarded', { reason: translator.error(finding).title })}`,
    )
  }
}

function withheldReasons(
  withheld: Readonly<Record<WithheldReason, number>>,
): (readonly [WithheldReason, number])[] {
  const reasons = ['consent_unmapped', 'consent_missing', 'no_match_key'] as const
  return reasons.map((reason) => [reason, withheld[reason]] as const).filter(([, count]) => count > 0)
}

function audienceOf(workspace: Workspace, name: string): string {
  const sync = workspace.syncs.get(name)
  return sync && isDeliverSync(sync) ? `${sync.destination.connection} “${sync.destination.audience}”` : ''
}

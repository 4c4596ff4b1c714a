import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { isDeliverSync } from '../../../core/manifest/manifest.ts'
import { judgeManifests } from '../../../core/membership/judge-manifests.ts'
import type { WithheldReason } from '../../../core/port/delivery-store.ts'
import {
  makePlan,
  type PlanDocument,
  type SyncPlanDocument,
  type VerdictDocument,
} from '../../api/contract/plan.ts'
import { toStoreError } from '../../store/to-store-error.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readInstant } from '../as-of.ts'
import { hasOption, optionValue, optionValues, type CommandAction, type CommandContext } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { toPlanDocument } from '../saved-plan.ts'
import { showChanges } from '../show-changes.ts'
import { showEnrichment } from '../show-enrichment.ts'
import { showFindings } from '../show-findings.ts'
import { showSplitMoves } from '../show-split-moves.ts'
import { showWarnings } from '../show-warnings.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

const defaultSampleRows = 3
const mostSampleRows = 1_000

/** Shows the difference between the folder's manifests and those in force, and what each sync would send; changes nothing. */
export const plan: CommandAction = async (context, input) => {
  const { terminal, folder, config } = context
  const { t } = terminal.translator
  const only = optionValues(input, 'only')
  const asOf = optionValue(input, 'as-of')
  const limit = readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 0, to: mostSampleRows })
  const body = {
    only,
    ...(asOf !== undefined && { asOf: readInstant(asOf, context.clock) }),
    samples: limit ?? defaultSampleRows,
    askPlatforms: hasOption(input, 'ask-platforms'),
  }
  const files = await readWorkspaceFiles(folder, config.env)
  const planned = await withClient(context, 'plan', (hub) => hub.ask(makePlan, { body }))
  terminal.document('plan', { ...toPlanDocument(planned), split_moves: planned.splitMoves })
  showChanges(terminal, planned.changes)
  showSplitMoves(terminal, planned.splitMoves)
  showWarnings(terminal, judgeManifests(files.workspace))
  for (const enrichment of planned.enrichments) showEnrichment(terminal, enrichment)
  showFindings(terminal, planned.findings)
  for (const sync of planned.syncs) showSync(terminal, sync, files.workspace)
  terminal.say()
  if (planned.sourceRecords === 0 && planned.syncs.length > 0) terminal.say(t('plan.nothing_pulled'))
  terminal.say(t('plan.nothing_sent'))
  await save(context, optionValue(input, 'out'), planned)
  return hasOption(input, 'detailed-exitcode') && isPending(planned) ? exitCode.changesPending : exitCode.done
}

async function save(
  { terminal, currentFolder }: CommandContext,
  file: string | undefined,
  plan: PlanDocument,
): Promise<void> {
  if (file === undefined) return
  try {
    // Examples of rows are personal data.
    await writeFile(resolve(currentFolder, file), `${JSON.stringify(toPlanDocument(plan), null, 2)}\n`, {
      mode: 0o600,
    })
  } catch (error) {
    throw toStoreError(error, 'writing the plan', file)
  }
  terminal.say(terminal.translator.t('plan.saved', { file }))
}

function isPending({ changes, syncs }: PlanDocument): boolean {
  return changes.length > 0 || syncs.some(({ plan }) => plan.adds + plan.updates + plan.removes > 0)
}

function showSync(
  terminal: Terminal,
  { sync, plan, samples, batches, finding, tooFewFor, verdict, blocked }: SyncPlanDocument,
  workspace: Workspace,
): void {
  const { translator } = terminal
  const number = (count: number): string => terminal.number(count)
  const { t } = translator
  const title = t('plan.sync', { sync, ...targetOf(workspace, sync) })
  const members = t('plan.members', { count: plan.members, members: number(plan.members) })
  terminal.say()
  terminal.say(terminal.style('bold', title))
  const size = t('plan.batches', { count: batches, number: number(batches) })
  terminal.say(`  ${members} · ${countsOf(terminal, plan).join(' · ')} · ${size}`)
  for (const [reason, count] of withheldReasons(plan.withheld)) {
    terminal.say(`  ${t('plan.withheld', { count, number: number(count), reason: t(`withheld.${reason}`) })}`)
  }
  for (const { operation, fields } of samples) {
    terminal.say(
      terminal.style(
        'dim',
        `  ${t('plan.sample', { operation: t(`operations.${operation}`), row: JSON.stringify(fields) })}`,
      ),
    )
  }
  if (blocked) {
    const reason = translator.error(blocked).title
    terminal.say(`  ${terminal.style('red', '✖')} ${t('plan.blocked', { reason })}`)
  }
  if (finding) {
    terminal.say(
      `  ${terminal.style('yellow', '!')} ${t('plan.guarded', { reason: translator.error(finding).title })}`,
    )
  }
  if (tooFewFor !== undefined) {
    const few = { number: number(plan.desired), minimum: number(tooFewFor) }
    terminal.say(`  ${terminal.style('yellow', '!')} ${t('plan.too_few', few)}`)
  }
  if (verdict) showVerdict(terminal, verdict)
}

function countsOf(terminal: Terminal, plan: SyncPlanDocument['plan']): string[] {
  const { t } = terminal.translator
  const number = (count: number): string => terminal.number(count)
  const counts = (['adds', 'updates', 'removes', 'unchanged'] as const).map((key) =>
    t(`plan.${key}`, { count: plan[key], number: number(plan[key]) }),
  )
  const { stillRejected: count } = plan
  if (count > 0) counts.push(t('plan.still_rejected', { count, number: number(count) }))
  if (plan.withdrawals > 0) counts.push(t('plan.withdrawals', { number: number(plan.withdrawals) }))
  return counts
}

/** What the platform says of the additions: a refusal of everything with what to do, else the refused rows by reason. */
function showVerdict(terminal: Terminal, verdict: VerdictDocument): void {
  const { translator } = terminal
  const { t } = translator
  const mark = terminal.style('yellow', '!')
  if ('error' in verdict) {
    const { title, repair } = translator.error(verdict.error)
    terminal.say(`  ${mark} ${t('plan.platform_refuses', { reason: title })} ${repair}`)
    return
  }
  const asked = { count: verdict.asked, number: terminal.number(verdict.asked) }
  terminal.say(`  ${t('plan.platform_asked', asked)}`)
  for (const { code, message, count } of verdict.refused) {
    terminal.say(
      `  ${mark} ${t('plan.platform_rejects', { number: terminal.number(count), reason: `${code}: ${message}` })}`,
    )
  }
}

function withheldReasons(
  withheld: Readonly<Record<WithheldReason, number>>,
): (readonly [WithheldReason, number])[] {
  const reasons = ['suppressed', 'consent_unmapped', 'consent_missing', 'no_match_key'] as const
  return reasons.map((reason) => [reason, withheld[reason]] as const).filter(([, count]) => count > 0)
}

function targetOf(workspace: Workspace, name: string): { connection: string; audience: string } {
  const sync = workspace.syncs.get(name)
  return sync && isDeliverSync(sync) ? sync.destination : { connection: '', audience: '' }
}

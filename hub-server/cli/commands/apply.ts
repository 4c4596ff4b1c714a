import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { applyManifests, checkManifests, type ApplyOutcome } from '../../api/contract/manifest.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { checkSavedPlan } from '../saved-plan.ts'
import { showChanges } from '../show-changes.ts'
import { showSplitMoves } from '../show-split-moves.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Puts the folder's manifests in force, in the hub that runs or here: a saved plan, or what a person confirms. */
export const apply: CommandAction = async (context, input) => {
  const { terminal, currentFolder, folder, config } = context
  const { t } = terminal.translator
  await readWorkspaceFiles(folder, config.env)
  const applied = await withClient(context, 'apply', async (hub): Promise<ApplyOutcome['applied']> => {
    const { digest, changes, changesDigest, splitMoves } = await hub.ask(checkManifests)
    const saved = input.arguments['plan']
    if (saved !== undefined) await checkSavedPlan(resolve(currentFolder, saved), changes)
    if (changes.length === 0) return []
    showChanges(terminal, changes)
    showSplitMoves(terminal, splitMoves)
    if (saved === undefined && !hasOption(input, 'yes')) await confirm(terminal)
    return (await hub.ask(applyManifests, { body: { changesDigest }, ifMatch: digest })).applied
  })
  terminal.document('applied', {
    manifests: applied.map(({ operation, kind, name }) => ({ operation, kind, name })),
  })
  if (applied.length === 0) terminal.say(t('apply.nothing'))
  else {
    terminal.say(`${terminal.style('green', '✔')} ${t('apply.done', { count: applied.length })}`)
    terminal.note(t('apply.next'))
  }
  return exitCode.done
}

async function confirm(terminal: Terminal): Promise<void> {
  const { t } = terminal.translator
  const answer = await terminal.ask(t('apply.question'), '')
  if (answer.toLowerCase() === t('apply.accepted')) return
  throw new AffluentError('usage.confirmation_needed', { act: 'affluent apply' })
}

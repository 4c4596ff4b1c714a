import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { checkSavedPlan } from '../saved-plan.ts'
import { showChanges } from '../show-changes.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Puts the folder's manifests in force: a saved plan, or what a person confirms. */
export const apply: CommandAction = async (context, input) => {
  const { terminal, folder, config, clock } = context
  const { t } = terminal.translator
  const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
  const applied = await withHub(context, 'apply', async (hub) => {
    const changes = diffManifests(documents, await hub.control.appliedManifests())
    const saved = input.arguments['plan']
    if (saved !== undefined) await checkSavedPlan(resolve(folder, saved), changes)
    if (changes.length === 0) return changes
    showChanges(terminal, changes)
    if (saved === undefined && !hasOption(input, 'yes')) await confirm(terminal)
    await hub.open(workspace)
    await hub.control.applyManifests(changes, { at: clock.now(), actor: cliActor() })
    return changes
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

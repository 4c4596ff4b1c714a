import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandDefinition } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { checkSavedPlan } from '../saved-plan.ts'
import { withHub } from '../with-hub.ts'
import { showChanges } from './plan.ts'

/** Puts the folder's manifests in force: a saved plan, or what a person confirms. */
export const applyCommand: CommandDefinition = {
  name: 'apply',
  arguments: [{ name: 'plan', required: false, complete: 'file' }],
  options: [{ name: 'yes' }],
  examples: ['affluent apply', 'affluent apply plan.json', 'affluent apply --yes'],
  async run(context, input) {
    const { terminal, folder, config, clock } = context
    const { t } = terminal.translator
    const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
    const applied = await withHub(context, 'apply', async (hub) => {
      const changes = diffManifests(documents, await hub.control.appliedManifests())
      const saved = input.arguments['plan']
      if (saved !== undefined) await checkSavedPlan(resolve(folder, saved), changes)
      showChanges(terminal, changes)
      if (changes.length === 0) return changes
      if (saved === undefined && !hasOption(input, 'yes')) {
        const answer = await terminal.ask(t('apply.question'), '')
        if (answer !== t('apply.accepted')) {
          throw new AffluentError('usage.confirmation_needed', { act: 'affluent apply', option: '--yes' })
        }
      }
      await hub.open(workspace)
      await hub.control.applyManifests(changes, { at: clock.now(), actor: cliActor() })
      return changes
    })
    terminal.document('applied', {
      manifests: applied.map(({ operation, kind, name }) => ({ operation, kind, name })),
    })
    terminal.say(applied.length === 0 ? t('apply.nothing') : t('apply.done', { count: applied.length }))
    return exitCode.done
  },
}

import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ManifestKind, Workspace } from '../../../core/manifest/manifest.ts'
import type { ManifestChange } from '../../../core/port/control-store.ts'
import { guardDestinations } from '../../access/guard-destinations.ts'
import type { Hub } from '../../hub.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { findSplitMoves } from '../../manifest/split-moves.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { checkSavedPlan } from '../saved-plan.ts'
import { showChanges } from '../show-changes.ts'
import { showSplitMoves } from '../show-split-moves.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Puts the folder's manifests in force: a saved plan, or what a person confirms. */
export const apply: CommandAction = async (context, input) => {
  const { terminal, currentFolder, folder, config, clock } = context
  const { t } = terminal.translator
  const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
  const applied = await withHub(context, 'apply', async (hub) => {
    const inForce = await hub.control.appliedManifests()
    const changes = diffManifests(documents, inForce)
    const saved = input.arguments['plan']
    if (saved !== undefined) await checkSavedPlan(resolve(currentFolder, saved), changes)
    if (changes.length === 0) return changes
    showChanges(terminal, changes)
    showSplitMoves(terminal, findSplitMoves(inForce, documents))
    if (saved === undefined && !hasOption(input, 'yes')) await confirm(terminal)
    const owner = { kind: 'local', name: userInfo().username } as const
    await guardDestinations({ control: hub.control, clock }, owner, { changes, inForce })
    await refuseUnsound(hub, workspace, changes)
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

const identityKinds: readonly ManifestKind[] = ['identity', 'profile_schema', 'mapping']

/** Resolves who is who by the new manifests over the records pulled so far, and undoes it: rules that would merge everybody are refused. */
async function refuseUnsound(
  hub: Hub,
  workspace: Workspace,
  changes: readonly ManifestChange[],
): Promise<void> {
  if (!workspace.identity || !changes.some(({ kind }) => identityKinds.includes(kind))) return
  await hub.duckdb.dryRun(async () => {
    const { profiles } = await hub.open(workspace)
    await profiles.refresh([...workspace.mappings.values()], {})
  })
}

async function confirm(terminal: Terminal): Promise<void> {
  const { t } = terminal.translator
  const answer = await terminal.ask(t('apply.question'), '')
  if (answer.toLowerCase() === t('apply.accepted')) return
  throw new AffluentError('usage.confirmation_needed', { act: 'affluent apply' })
}

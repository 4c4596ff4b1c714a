import { judgeManifests } from '../../../core/membership/judge-manifests.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showWarnings, toWarningDocuments } from '../show-warnings.ts'

/** Checks all manifests of the workspace: schema, references, secrets resolvable, rules compile. No network, nothing changed. */
export const validate: CommandAction = async ({ terminal, folder, config }) => {
  const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
  const { t } = terminal.translator
  const warnings = judgeManifests(workspace)
  const kinds = Map.groupBy(documents, (document) => document.kind)
  terminal.document('validation', {
    valid: true,
    manifests: documents.map(({ kind, name, file }) => ({ kind, name, file })),
    warnings: toWarningDocuments(terminal, warnings),
  })
  const counts = [...kinds].map(([kind, of]) => `${kind} ${of.length}`).join(', ')
  terminal.say(`${terminal.style('green', '✔')} ${t('validate.valid', { count: documents.length, counts })}`)
  showWarnings(terminal, warnings)
  return exitCode.done
}

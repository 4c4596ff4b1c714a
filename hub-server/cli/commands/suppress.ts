import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { requireApplied, type Hub } from '../../hub.ts'
import { createSuppressionList, type SuppressionList } from '../../warehouse/suppression/suppression-list.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandAction, type CommandContext, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { withHub } from '../with-hub.ts'

/** Digits of a digest that are shown: enough to tell lines apart, too few to be looked for elsewhere. */
const shownDigits = 12

/** Puts one identifier on the list of those that nothing is ever sent to. */
export const suppressAdd: CommandAction = (context, input) =>
  addAll(context, input, 'affluent suppress add', [input.arguments['identifier'] ?? ''])

/** Puts every identifier of a file on the list: one a line; of a table in CSV, the first column. */
export const suppressImport: CommandAction = async (context, input) => {
  const file = input.arguments['file'] ?? ''
  return addAll(
    context,
    input,
    'affluent suppress import',
    await readIdentifiers(context.currentFolder, file),
  )
}

/** Takes one identifier off the list. */
export const suppressRemove: CommandAction = async (context, input) => {
  const { terminal } = context
  const removed = await withList(context, 'affluent suppress remove', async (list, hub) => {
    const count = await list.remove(input.arguments['identifier'] ?? '', optionValue(input, 'kind'))
    if (count > 0) await note(context, hub, 'suppression_removed', count)
    return count
  })
  terminal.document('suppression_removed', { removed })
  terminal.say(terminal.translator.t(removed > 0 ? 'suppress.removed' : 'suppress.not_listed'))
  return exitCode.done
}

/** Shows the list: digests, since the identifiers themselves are not kept. */
export const suppressList: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const entries = await withList(context, 'affluent suppress list', (list) => list.entries())
  terminal.document('suppression', { entries })
  if (entries.length === 0) {
    terminal.say(t('suppress.none'))
    return exitCode.done
  }
  showTable(
    terminal,
    ['digest', 'kind', 'added', 'by', 'reason'].map((column) => t(`suppress.columns.${column}`)),
    entries.map(({ digest, kind, addedAt, actor, reason }) => [
      digest.slice(0, shownDigits),
      kind,
      terminal.instant(addedAt),
      actor,
      reason,
    ]),
  )
  return exitCode.done
}

async function addAll(
  context: CommandContext,
  input: CommandInput,
  act: string,
  values: readonly string[],
): Promise<number> {
  const { terminal, clock } = context
  const kind = optionValue(input, 'kind')
  const reason = optionValue(input, 'reason') ?? ''
  const done = await withList(context, act, async (list, hub) => {
    const order = { ...(kind !== undefined && { kind }), reason, actor: cliActor(), at: clock.now() }
    const outcome = await list.add(values, order)
    if (outcome.added > 0) await note(context, hub, 'suppression_added', outcome.added)
    return outcome
  })
  if (done.added + done.known === 0)
    throw new AffluentError('usage.wrong', { act, option: '--kind', expected: 'email, phone, --kind KIND' })
  const { t } = terminal.translator
  terminal.document('suppressed', { ...done })
  const counts = { count: done.added, added: terminal.number(done.added), known: terminal.number(done.known) }
  terminal.say(`${terminal.style('green', '✔')} ${t('suppress.added', counts)}`)
  if (done.refused.length > 0) {
    const places = done.refused.slice(0, 10).join(', ')
    terminal.say(t('suppress.refused', { number: terminal.number(done.refused.length), places }))
  }
  if (done.added > 0) terminal.say(t('suppress.next'))
  return done.refused.length > 0 ? exitCode.rejectedRows : exitCode.done
}

async function readIdentifiers(folder: string, file: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(resolve(folder, file), 'utf8')
  } catch (error) {
    throw new AffluentError(
      'usage.wrong',
      { act: 'affluent suppress import', unreadable: file },
      { cause: error },
    )
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => (line.split(/[,;\t]/)[0] ?? '').trim().replace(/^"(.*)"$/, '$1'))
    .filter((value) => value !== '')
}

async function withList<T>(
  context: CommandContext,
  act: string,
  work: (list: SuppressionList, hub: Hub) => Promise<T>,
): Promise<T> {
  return withHub(context, 'suppress', async (hub) => {
    const workspace = await requireApplied(hub, act)
    await hub.open(workspace)
    const { duckdb, digest } = hub
    return work(createSuppressionList({ duckdb, digest, schema: workspace.profileSchema }), hub)
  })
}

/** Counts only: who it is must not come back through the audit log. */
async function note(
  { clock }: CommandContext,
  { control }: Hub,
  action: string,
  count: number,
): Promise<void> {
  const fact = { at: clock.now(), actor: cliActor(), action, object: 'suppression', details: { count } }
  await control.appendAudit(fact)
}

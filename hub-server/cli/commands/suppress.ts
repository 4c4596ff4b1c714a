import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import {
  addSuppression,
  listSuppression,
  mostIdentifiers,
  removeSuppression,
  type SuppressionOutcome,
} from '../../api/contract/suppression.ts'
import { optionValue, type CommandAction, type CommandContext, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { readPages } from '../read-pages.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

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
  const kind = optionValue(input, 'kind')
  const body = { identifier: input.arguments['identifier'] ?? '', ...(kind !== undefined && { kind }) }
  const { removed } = await withClient(context, 'suppress', (hub) => hub.ask(removeSuppression, { body }))
  terminal.document('suppression_removed', { removed })
  terminal.say(terminal.translator.t(removed > 0 ? 'suppress.removed' : 'suppress.not_listed'))
  return exitCode.done
}

/** Shows the list: digests, since the identifiers themselves are not kept. */
export const suppressList: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const entries = await withClient(context, 'suppress', (hub) =>
    readPages((query) => hub.ask(listSuppression, { query })),
  )
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
  const { terminal } = context
  const kind = optionValue(input, 'kind')
  const reason = optionValue(input, 'reason') ?? ''
  const order = { ...(kind !== undefined && { kind }), reason }
  const done = await withClient(context, 'suppress', (hub) => addInParts(hub, values, order))
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

/** Places of what is refused count through all parts. */
async function addInParts(
  hub: HubClient,
  values: readonly string[],
  order: { readonly kind?: string; readonly reason: string },
): Promise<SuppressionOutcome> {
  const refusedPlaces: number[] = []
  const all = { added: 0, known: 0, refused: refusedPlaces }
  for (let from = 0; from < values.length; from += mostIdentifiers) {
    const identifiers = values.slice(from, from + mostIdentifiers)
    const { added, known, refused } = await hub.ask(addSuppression, { body: { identifiers, ...order } })
    all.added += added
    all.known += known
    all.refused.push(...refused.map((place) => place + from))
  }
  return all
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

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { toCsv, type FormulaRule } from '../../../core/person-request/csv.ts'
import type { ExportRow, PersonExport } from '../../../core/port/person-rights.ts'
import { exportPerson } from '../../api/contract/person.ts'
import { hasOption, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

const act = 'affluent export'

/** Writes everything that the hub holds of a person: one JSON document, and a CSV for each table. */
export const exportOne: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const out = optionValue(input, 'out')
  if (out === undefined && !terminal.json)
    throw new AffluentError('usage.wrong', { act, missing: '--out FOLDER' })
  const folder = out === undefined ? undefined : await emptyFolder(resolve(context.currentFolder, out))
  const person = input.arguments['person'] ?? ''
  const told = await withClient(context, 'export', (hub) => hub.ask(exportPerson, { body: { person } }))
  const document = { exported_at: new Date(clock.now()).toISOString(), ...told }
  const formulas = hasOption(input, 'raw') ? 'kept' : 'guarded'
  if (folder !== undefined) await writeFiles(folder, document, formulas)
  terminal.document('person', document)
  if (folder !== undefined) {
    for (const [table, rows] of Object.entries(told.tables))
      if (rows.length > 0) terminal.say(`  ${table} (${terminal.number(rows.length)})`)
    terminal.say(t('export.written', { folder }))
    if (formulas === 'kept') terminal.note(t('export.formulas_kept'))
  }
  return exitCode.done
}

/** Nobody's export is put beside another's. */
async function emptyFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0) throw new AffluentError('usage.folder_not_empty', { act, folder })
  return folder
}

async function writeFiles(folder: string, document: PersonExport, formulas: FormulaRule): Promise<void> {
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(folder, name), text, { mode: 0o600 })
  await write('person.json', `${JSON.stringify(document, null, 2)}\n`)
  for (const [table, rows] of Object.entries(document.tables))
    await write(`${table}.csv`, toTable(rows, formulas))
}

function toTable(rows: readonly ExportRow[], formulas: FormulaRule): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return toCsv(
    columns,
    rows.map((row) => columns.map((column) => row[column] ?? null)),
    formulas,
  )
}

import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import {
  fillTemplate,
  readParameters,
  readSegmentTemplates,
  type FilledTemplate,
  type SegmentTemplate,
} from '../../manifest/segment-template.ts'
import { suggestName } from '../../manifest/suggest-name.ts'
import { toStoreError } from '../../store/to-store-error.ts'
import { hasOption, optionValues, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** Lists ready segments; shows one with its parameters; with `--write` puts it into the workspace. Works offline. */
export const segmentsTemplates: CommandAction = async ({ terminal, folder }, input) => {
  const { language, t } = terminal.translator
  const templates = await readSegmentTemplates()
  const name = input.arguments['template']
  if (name === undefined) {
    listTemplates(terminal, templates)
    return exitCode.done
  }
  const template = templates.find((one) => one.name === name)
  if (!template) throw unknownTemplate(name, templates)
  const values = readParameters(template, optionValues(input, 'set'))
  const filled = fillTemplate(template, values, language)
  const files = hasOption(input, 'write') ? await writeAll(folder, filled) : []
  terminal.document('segment_template', { name, parameters: values, ...filled, files })
  if (files.length === 0) showTemplate(terminal, template, { values, filled })
  for (const file of files)
    terminal.say(`${terminal.style('green', '✔')} ${t('templates.written', { file })}`)
  if (files.length > 0) terminal.note(t('templates.then'))
  return exitCode.done
}

function listTemplates(terminal: Terminal, templates: readonly SegmentTemplate[]): void {
  const { language, t } = terminal.translator
  const rows = templates.map(({ name, title, description }) => ({
    name,
    title: title[language],
    description: description[language],
  }))
  terminal.document('segment_templates', { templates: rows })
  showTable(
    terminal,
    ['name', 'title', 'means'].map((column) => t(`templates.${column}`)),
    rows.map(({ name, title, description }) => [name, title, description]),
  )
  terminal.note(t('templates.next'))
}

function unknownTemplate(name: string, templates: readonly SegmentTemplate[]): AffluentError {
  const known = templates.map((template) => template.name)
  const suggestion = suggestName(name, known)
  const hint = suggestion === '' ? { expected: known.join(', ') } : { suggestion }
  const act = 'affluent segments templates'
  return new AffluentError('usage.wrong', { act, value: name.slice(0, 60), ...hint })
}

function showTemplate(
  terminal: Terminal,
  { title, description, parameters }: SegmentTemplate,
  { values, filled }: { readonly values: Readonly<Record<string, unknown>>; readonly filled: FilledTemplate },
): void {
  const { language, t } = terminal.translator
  terminal.say(terminal.style('bold', title[language]))
  terminal.say(description[language])
  const part = (key: string): void => {
    terminal.say()
    terminal.say(terminal.style('bold', t(`templates.${key}`)))
  }
  part('parameters')
  showTable(
    terminal,
    ['parameter', 'default', 'means'].map((column) => t(`templates.${column}`)),
    Object.entries(parameters).map(([name, { meaning }]) => [name, String(values[name]), meaning[language]]),
  )
  part('needs')
  terminal.say(JSON.stringify(filled.needs, null, 2))
  part('manifests')
  for (const manifest of filled.manifests) terminal.say(JSON.stringify(manifest, null, 2))
}

/** One file a segment. Throws `usage.file_exists` for one that is there already; then nothing is written. */
async function writeAll(folder: string, { manifests }: FilledTemplate): Promise<readonly string[]> {
  const written = manifests.map((manifest) => ({
    file: join('manifests', `segment-${manifest.name}.json`),
    text: `${JSON.stringify(manifest, null, 2)}\n`,
  }))
  const taken = written.find(({ file }) => existsSync(join(folder, file)))
  if (taken)
    throw new AffluentError('usage.file_exists', { act: 'affluent segments templates', file: taken.file })
  try {
    await mkdir(join(folder, 'manifests'), { recursive: true })
    for (const { file, text } of written) await writeFile(join(folder, file), text, { flag: 'wx' })
  } catch (error) {
    throw toStoreError(error, 'writing a template', folder)
  }
  return written.map(({ file }) => file)
}

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import {
  hasOption,
  optionValue,
  type CommandContext,
  type CommandDefinition,
  type CommandInput,
} from '../command.ts'
import { copyTemplate, templates, type Template } from '../copy-template.ts'
import { exitCode } from '../exit-code.ts'

/** Writes a new workspace: manifests with completion in editors, sample data, a file that keeps data and secrets out of Git. */
export const initCommand: CommandDefinition = {
  name: 'init',
  arguments: [{ name: 'folder', required: false, complete: 'folder' }],
  options: [{ name: 'template', value: 'NAME', complete: templates }, { name: 'yes' }],
  examples: ['affluent init shop', 'affluent init shop --template demo --yes'],
  async run(context, input) {
    const { terminal } = context
    const { t } = terminal.translator
    const ask = (key: string, fallback: string): Promise<string> =>
      hasOption(input, 'yes') ? Promise.resolve(fallback) : terminal.ask(t(`init.${key}`), fallback)
    const folder = await chooseFolder(context, input, ask)
    const template = await chooseTemplate(input, ask)
    await copyTemplate(template, folder)
    terminal.document('workspace', { folder, template })
    terminal.say(`${terminal.style('green', '✔')} ${t('init.written', { folder })}`)
    terminal.say(t('init.next', { folder }))
    return exitCode.done
  },
}

type Ask = (key: string, fallback: string) => Promise<string>

async function chooseFolder({ folder }: CommandContext, input: CommandInput, ask: Ask): Promise<string> {
  const chosen = input.arguments['folder'] ?? (await ask('folder', 'affluent-workspace'))
  const target = join(folder, chosen)
  const present = await readdir(target).catch(() => [])
  if (present.length > 0)
    throw new AffluentError('usage.folder_not_empty', { act: 'affluent init', folder: chosen })
  return target
}

async function chooseTemplate(input: CommandInput, ask: Ask): Promise<Template> {
  const chosen = optionValue(input, 'template') ?? (await ask('template', 'starter'))
  const template = templates.find((known) => known === chosen)
  if (template) return template
  throw new AffluentError('usage.wrong', {
    act: `affluent init --template ${chosen}`,
    expected: templates.join(', '),
  })
}

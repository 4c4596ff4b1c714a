import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { hasOption, optionValue, type CommandAction, type CommandInput } from '../command.ts'
import { copyTemplate, templates, type Template } from '../copy-template.ts'
import { exitCode } from '../exit-code.ts'
import {
  fillStarter,
  readAudience,
  readCountry,
  readPurpose,
  starterDefaults,
  type StarterAnswers,
} from '../fill-starter.ts'
import type { Terminal } from '../terminal.ts'

/** Writes a new workspace: manifests with completion in editors, sample data, a file that keeps data and secrets out of Git. */
export const init: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t, language } = terminal.translator
  const defaults = starterDefaults(language)
  const name = await question(terminal, input, {
    given: input.arguments['folder'],
    key: 'folder',
    fallback: 'affluent-workspace',
    read: (text) => text,
  })
  const folder = resolve(context.folder, name)
  await refuseFilled(folder, name)
  const template = await question(terminal, input, {
    key: 'template',
    fallback: 'starter',
    read: readTemplate,
  })
  const answers: StarterAnswers | undefined =
    template === 'starter'
      ? {
          country: await question(terminal, input, {
            key: 'country',
            fallback: defaults.country,
            read: readCountry,
          }),
          audience: await question(terminal, input, {
            key: 'audience',
            fallback: defaults.audience,
            read: readAudience,
          }),
          purpose: await question(terminal, input, {
            key: 'purpose',
            fallback: defaults.purpose,
            read: readPurpose,
          }),
        }
      : undefined
  await copyTemplate(template, folder)
  if (answers) await fillStarter(folder, answers)
  terminal.document('workspace', { folder, template, ...answers })
  terminal.say(`${terminal.style('green', '✔')} ${t('init.written', { folder: name })}`)
  terminal.say(t('init.next', { folder: name }))
  return exitCode.done
}

interface Question<T> {
  /** What was typed, where it is no option. */
  readonly given?: string | undefined
  /** Name of the option that answers it, and of its words. */
  readonly key: 'folder' | 'template' | 'country' | 'audience' | 'purpose'
  readonly fallback: string
  /** Undefined: the answer does not fit. */
  readonly read: (text: string) => T | undefined
}

/** An option's value, else what a person answers (asked again until it fits), else the default. Throws `usage.wrong`. */
async function question<T>(
  terminal: Terminal,
  input: CommandInput,
  { given, key, fallback, read }: Question<T>,
): Promise<T> {
  const { t } = terminal.translator
  const expected = t(`init.expected.${key}`)
  const asks = terminal.interactive && !hasOption(input, 'yes')
  let text = given ?? optionValue(input, key)
  for (;;) {
    const answer = text ?? (asks ? await terminal.ask(t(`init.${key}`), fallback) : fallback)
    const value = read(answer)
    if (value !== undefined) return value
    if (text !== undefined || !asks)
      throw new AffluentError('usage.wrong', { act: 'affluent init', value: answer.slice(0, 60), expected })
    terminal.note(`  ${expected}`)
    text = undefined
  }
}

async function refuseFilled(folder: string, name: string): Promise<void> {
  const present = await readdir(folder).catch(() => [])
  if (present.length > 0)
    throw new AffluentError('usage.folder_not_empty', { act: 'affluent init', folder: name })
}

const readTemplate = (text: string): Template | undefined => templates.find((known) => known === text)

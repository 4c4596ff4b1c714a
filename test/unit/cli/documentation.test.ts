import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { commands } from '../../../hub-server/cli/commands.ts'
import { globalOptions } from '../../../hub-server/cli/completion.ts'
import { exitCode } from '../../../hub-server/cli/exit-code.ts'

const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
const sections = new Map(
  page.split('\n### ').map((section) => [/^`affluent ([a-z]+(?: [a-z]+)?)/.exec(section)?.[1], section]),
)

describe('docs/cli.md', () => {
  it.each(commands.map((command) => [command.name, command] as const))(
    'tells every argument and option of %s',
    (name, { arguments: words = [], options = [] }) => {
      const section = sections.get(name) ?? ''
      for (const word of words) expect(section).toContain(word.required ? `<${word.name}>` : `[${word.name}]`)
      for (const option of options) expect(section).toContain(`--${option.name}`)
    },
  )

  it('tells no command that does not exist', () => {
    const told = [...sections.keys()].filter((name) => name !== undefined)
    expect(told.sort()).toEqual(commands.map(({ name }) => name).sort())
  })

  it('tells the options of every command, and every exit code', () => {
    for (const { name } of globalOptions) expect(page).toContain(`\`--${name}`)
    for (const code of Object.values(exitCode)) expect(page).toContain(`\n| ${code} `)
  })
})

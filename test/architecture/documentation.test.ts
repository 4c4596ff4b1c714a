/** What the pages for people say is there: links, commands with their options, scripts, programs and settings. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../hub-server/cli/commands.ts'
import { globalOptions } from '../../hub-server/cli/completion.ts'
import manifest from '../../package.json' with { type: 'json' }
import { readTree, repository } from './repository/read-tree.ts'

const paths = [
  '*.md',
  'docs/**/*.md',
  'connectors/**/*.md',
  'manifests/**/*.md',
  'hub-server/**/*.md',
].flatMap((pattern) => globSync(pattern, { cwd: repository, exclude: (name) => name === 'node_modules' }))
const pages = new Map(paths.map((path) => [path, readFileSync(join(repository, path), 'utf8')]))
/** The changelog tells of what is gone, too. */
const current = [...pages].filter(([path]) => path !== 'CHANGELOG.md')

const withoutBlocks = (text: string): string => text.replace(/^( *)```[\s\S]*?^\1```/gm, '')

/** Anchors of headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replace(/ /g, '-'),
  )
  return new Set(
    headings.map((anchor, index) => {
      const before = headings.slice(0, index).filter((each) => each === anchor).length
      return before === 0 ? anchor : `${anchor}-${before}`
    }),
  )
}

/** Texts in code, line by line: spans, and blocks with their broken lines joined. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^( *)```\w*\n([\s\S]*?)^\1```/gm)].map(([, , block = '']) => block)
  const indented = withoutBlocks(text)
    .split('\n')
    .filter((line) => /^ {4}\S/.test(line))
  const spans = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...blocks, ...indented, ...spans].flatMap((block) => block.replace(/\\\n/g, ' ').split('\n'))
}

/** Commands of the hub in a line: what follows "affluent". */
const affluentIn = (line: string): string[] =>
  line
    .split(/&&|\||;/)
    .map((part) => part.trim().replace(/^(?:[A-Z_]+=\S+ +)+/, ''))
    .flatMap((part) => /^(?:npm run (?:-s )?affluent --|affluent) +(\S.*)$/.exec(part)?.[1] ?? [])

const known = new Map(commands.map((command) => [command.name, command]))
const always = new Set(['help', 'version', ...globalOptions.map(({ name }) => name)])

/** What is wrong with a command; undefined: it can be typed. A word in capitals stands for another one. */
function faultOf(typed: string): string | undefined {
  const words = (/^[^#]*/.exec(typed)?.[0] ?? '').split(/\s+/)
  const [first = '', second = ''] = words
  if (/^(?:-|[A-Z]+$)/.test(first)) return undefined
  const command = known.get(`${first} ${second}`) ?? known.get(first)
  if (!command) return `no command: ${typed}`
  const options = new Set([...always, ...(command.options ?? []).map(({ name }) => name)])
  const wrong = words
    .flatMap((word) => /^--([a-z-]+)/.exec(word)?.[1] ?? [])
    .find((name) => !options.has(name))
  return wrong === undefined ? undefined : `no option --${wrong}: ${typed}`
}

describe.each([...pages])('%s', (path, text) => {
  it('links to files and headings that are there', () => {
    const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^(?:https?|mailto):/.test(link))
    const dead = links.filter((link) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(repository, target))) return true
      return anchor !== undefined && !anchorsOf(pages.get(target) ?? '').has(decodeURIComponent(anchor))
    })
    expect(dead).toEqual([])
  })
})

describe.each(current)('%s', (_path, text) => {
  it('names commands, scripts, programs and settings that are there', () => {
    const lines = codeOf(text)
    const typed = lines.flatMap(affluentIn).flatMap((command) => faultOf(command) ?? [])
    const scripts = lines
      .flatMap((line) => [...line.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => name))
      .filter((name) => !Object.hasOwn(manifest.scripts, name))
    const programs = lines
      .flatMap((line) => /^node (\S+\.ts)/.exec(line)?.[1] ?? [])
      .filter((file) => !existsSync(join(repository, file)))
    const settings = [...text.matchAll(/\bAFFLUENT_[A-Z_]+\b/g)]
      .map(([name]) => name)
      .filter((name) => !settingsInCode.has(name))
    expect([...typed, ...scripts, ...programs, ...settings]).toEqual([])
  })
})

const settingsInCode = new Set(
  [...readTree('hub-server', 'core', 'test')].flatMap(
    ([, source]) => source.match(/\bAFFLUENT_[A-Z_]+\b/g) ?? [],
  ),
)

describe('the pages', () => {
  it('are found, and hold commands to look at', () => {
    expect(pages.size).toBeGreaterThan(30)
    expect(current.flatMap(([, text]) => codeOf(text).flatMap(affluentIn)).length).toBeGreaterThan(100)
    expect(faultOf('connect nothing --portal 1')).toContain('--portal')
    expect(faultOf('conect hubspot')).toContain('no command')
  })
})

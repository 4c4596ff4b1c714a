import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { commands } from '../../hub-server/cli/commands.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = 'hub-server/cli'

/**
 * Commands that ask no hub, each with its reason. Everything else goes through a contract of the API, beside a running hub as without one;
 * docs/api.md tells the same reasons.
 */
const local: Readonly<Record<string, string>> = {
  init: 'makes a workspace: there is no hub of it yet',
  validate:
    'checks files that somebody is writing, with nothing of a hub at hand; POST /v1/manifests/check is its counterpart',
  schema: 'prints what this version knows, not what a workspace holds',
  completion: 'prints a script of the shell',
  serve: 'is the hub',
  demo: 'makes a workspace of its own and is its hub',
  doctor: 'must work when the hub cannot; GET /v1/hub/findings is its counterpart',
  restore: 'needs a workspace without a hub: it puts the data of one in place',
  'audit verify':
    'must prove the log without trusting the hub that wrote it; GET /v1/audit/verification is its counterpart',
  'segments check':
    'reads a rule against files that are not in force yet; POST /v1/segments/check is its counterpart',
  'segments show': 'shows files that are not in force yet; GET /v1/segments/{segment} is its counterpart',
  'segments templates': 'copies files into the folder of manifests',
}

/** What opens a hub or does its work: only what answers requests may use it. */
const inside =
  /^hub-server\/(?:cli\/with-hub\.ts|hub\.ts|warehouse\/|worker\/|operation\/|intake\/|install\/|routes\/|store\/open-)/

/** `status` also tells of a run in another process, which answers nobody: it looks into the control store, read-only. */
const allowed = new Set(['status: hub-server/store/open-control-store.ts'])

const source = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

/** Files that a file imports values from; types are no use of anything. */
async function importsOf(path: string): Promise<string[]> {
  const text = await source(path)
  const found = text.matchAll(/^import (?!type )(?:[\s\S]*?from )?'(\.[^']+)'/gm)
  return [...found].map(([, target = '']) => relative(root, join(root, dirname(path), target)))
}

/** Files of the command line that a command is made of, as far as `with-client.ts`, and everything else that they import. */
async function partsOf(path: string): Promise<{ readonly own: Set<string>; readonly other: Set<string> }> {
  const own = new Set<string>()
  const other = new Set<string>()
  const open = [path]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (own.has(file)) continue
    own.add(file)
    if (file === `${cli}/with-client.ts`) continue
    for (const target of await importsOf(file))
      if (target.startsWith(`${cli}/`)) open.push(target)
      else other.add(target)
  }
  return { own, other }
}

/** The file of each command, from the words that load it. */
async function filesByCommand(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(join(root, cli))).filter((name) => name.endsWith('commands.ts'))
  const texts = await Promise.all(files.map((name) => source(`${cli}/${name}`)))
  const loads = texts.flatMap((text) => [
    ...text.matchAll(
      /^    name: '([^']+)',(?:(?!load:)[\s\S])*?load: async \(\) => \(await import\('\.\/([^']+)'\)/gm,
    ),
  ])
  const found = loads.map(([, name = '', file = '']) => [name, `${cli}/${file}`] as const)
  // Two that differ in a word alone are made by one expression.
  const both = ['segments pick', 'segments drop'].map(
    (name) => [name, `${cli}/commands/segments-pick.ts`] as const,
  )
  return new Map([...found, ...both])
}

const files = await filesByCommand()

describe('every command', () => {
  it('has its file', () => {
    expect([...files.keys()].toSorted()).toEqual(commands.map(({ name }) => name).toSorted())
  })

  it.each(commands.map(({ name }) => name))(
    '%s asks by a contract of the API, or says why it does not',
    async (name) => {
      const file = files.get(name) ?? ''
      const { own, other } = await partsOf(file)
      const ways = local[name] === undefined ? own : await importsOf(file)
      const asks =
        [...ways].includes(`${cli}/with-client.ts`) &&
        [...other].some((target) => target.startsWith('hub-server/api/contract/'))
      expect({ name, asks }).toEqual({ name, asks: local[name] === undefined })
    },
  )

  it('that asks opens no hub and reads no store by itself', async () => {
    const beside: string[] = []
    for (const [name, file] of files) {
      if (local[name] !== undefined) continue
      const { own, other } = await partsOf(file)
      for (const target of [...own, ...other])
        if (inside.test(target) && !allowed.has(`${name}: ${target}`)) beside.push(`${name}: ${target}`)
    }
    expect(beside).toEqual([])
  })

  it('that asks nothing is named in docs/api.md', async () => {
    const page = await source('docs/api.md')
    for (const name of Object.keys(local)) expect(page).toContain(`\`${name}\``)
  })
})

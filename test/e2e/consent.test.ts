import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

const sync = 'first-audience-to-platform'
const louis = 'louis.petit@example.org'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const listed = async (): Promise<string> => readFile(join(folder, 'example-platform.json'), 'utf8')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
  await runCli(['init', '.', '--yes', '--country', 'FR'], { cwd: folder })
  await cli('apply', '--yes')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('follows one person’s consent from a file to the platform and back, in English and in French', async () => {
  expect((await cli('run')).code).toBe(0)
  expect(await listed()).toContain(louis)

  const noted = await cli('consent', 'set', louis, 'marketing', 'email', 'denied', '--note', 'by phone')
  expect([noted.code, noted.out]).toEqual([0, expect.stringContaining('Noted: denied.')])
  expect((await cli('run')).code).toBe(0)
  expect(await listed()).not.toContain(louis)

  const shown = await cli('consent', 'show', louis)
  expect(shown.out).toContain('marketing/email: denied.')
  expect(shown.out).toContain('granted · record of contacts/people · no time told')
  expect(shown.out).toMatch(/denied · noted by cli:\S+ · decided .* · note: by phone/)
  const french = await cli('consent', 'show', louis, '--lang', 'fr')
  expect(french.out).toContain('refusé · noté par cli:')

  const back = await cli('consent', 'set', louis, 'marketing', 'email', 'granted', '--at', '2020-01-01')
  expect(back.out, 'an older yes changes nothing').toContain('No profile changes by it now')
  await cli('consent', 'set', louis, 'marketing', 'email', 'granted', '--basis', 'consent', '--wording', 'v2')
  await cli('run')
  expect(await listed()).toContain(louis)
})

it('suppresses whom a file names, says so without the name, and writes no name to any file of the hub', async () => {
  const stranger = 'nobody.knows@example.com'
  await writeFile(
    join(folder, 'opposition.csv'),
    `email;since\n${stranger};2020\n${louis.toUpperCase()};2021\n`,
  )
  const imported = await cli('suppress', 'import', 'opposition.csv', '--reason', 'opposition list')
  expect([imported.code, imported.out]).toEqual([
    3,
    expect.stringContaining('2 identifiers added, 0 known already'),
  ])
  expect(imported.out).toContain('entry 1')
  await cli('run')
  expect(await listed()).not.toContain(louis)
  const why = await cli('explain', louis, sync)
  expect(why.out).toContain('On the suppression list, which outranks every rule.')
  const list = await cli('suppress', 'list')
  expect(list.out).toContain('opposition list')
  expect(list.out).not.toContain('@')
  const files = await readdir(join(folder, '.affluent'), { recursive: true, withFileTypes: true })
  const holding: string[] = []
  for (const file of files.filter((each) => each.isFile())) {
    if ((await readFile(join(file.parentPath, file.name))).includes(stranger)) holding.push(file.name)
  }
  expect(holding).toEqual([])
  expect((await cli('suppress', 'remove', louis)).out).toContain('Taken off the list.')
  await cli('run')
  expect(await listed()).toContain(louis)
})

it('tells what is wrong with an order it cannot follow', async () => {
  const wrong = await cli('consent', 'set', louis, 'marketing', 'pigeon', 'denied')
  expect([wrong.code, wrong.err]).toEqual([64, expect.stringContaining('email')])
  expect((await cli('consent', 'set', louis, 'marketing', 'email', 'maybe')).code).toBe(64)
  expect((await cli('consent', 'show', 'nobody.knows@example.com')).code).toBe(1)
  expect((await cli('suppress', 'add', 'no identifier')).code).toBe(64)
  expect((await cli('suppress', 'import', 'missing.csv')).code).toBe(64)
})

import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const file = (): string => join(folder, 'data', 'contacts.csv')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-quarantine-'))
  await cli('init', '.', '--yes', '--country', 'FR')
  await appendFile(file(), '51,nid@example.org,,Nid,FR,yes,extra,cols\n')
  await cli('apply', '--yes')
  await cli('run')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('lists a row that could not be read with its line and what is wrong with it, in both languages', async () => {
  const { out } = await cli('quarantine', 'list')
  expect(out).toContain('1 row could not be read (row with too many or too few columns).')
  expect(out).toMatch(/contacts\/people +line \d+ +6 columns are expected, the row has 8\./)
  const french = (await cli('quarantine', 'list', '--lang', 'fr')).out
  expect(french).toMatch(/contacts\/people +ligne \d+ +6 colonnes sont attendues, la ligne en a 8\./)
  expect((await cli('quality', 'report')).out).toContain('Held back: 1 row. See them with')
})

it('takes the sources of clients’ events, which no manifest declares, and names those of a mapping where none fits', async () => {
  for (const source of ['events', 'events/track', 'events/unreadable'])
    expect((await cli('quarantine', 'list', source)).out).toContain('Nothing is held back.')
  const { code, err } = await cli('quarantine', 'list', 'evnts')
  expect(code).toBe(64)
  expect(err).toContain('contacts/people')
})

it('reads the file again once it is repaired, says so, and nothing is held back any more', async () => {
  await writeFile(file(), (await readFile(file(), 'utf8')).replace(',extra,cols', ''))
  const replayed = await cli('quarantine', 'replay', '--lang', 'fr')
  expect(replayed.out).toContain('Ces sources sont relues depuis leur début')
  expect(replayed.out).toContain('pull-contacts')
  expect((await cli('run')).out).toContain('quarantined 0')
  expect((await cli('quarantine', 'list')).out).toContain('Nothing is held back.')
  expect((await cli('profiles', 'show', 'nid@example.org')).out).toContain('first_name: Nid')
})

it('holds a row back again that was not repaired', async () => {
  await appendFile(file(), '52,"open quote\n')
  await cli('run')
  await cli('quarantine', 'replay')
  await cli('run')
  expect((await cli('quarantine', 'list')).out).toContain('quote that is not closed')
})

it('lets a record pass once its mapping is repaired and applied, without a replay', async () => {
  const check = { on: 'first_name', check: { pattern: '[A-Z].*' }, action: 'quarantine' }
  const quality = { kind: 'quality', version: 1, name: 'contacts', connection: 'contacts', stream: 'people' }
  await writeFile(
    join(folder, 'manifests', 'quality-contacts.json'),
    JSON.stringify({ ...quality, checks: [check] }),
  )
  const repaired = (await readFile(file(), 'utf8')).replace('52,"open quote\n', '')
  await writeFile(file(), `${repaired}53,zoe@example.org,,zoe,FR,yes\n`)
  await cli('apply', '--yes')
  await cli('run')
  expect((await cli('quarantine', 'list')).out).toContain('1 record is held back (first_name')
  const mapping = join(folder, 'manifests', 'mapping-contacts.json')
  const before = await readFile(mapping, 'utf8')
  await writeFile(mapping, before.replace('["trim"]', '["trim", "title_case"]'))
  await cli('apply', '--yes')
  await cli('run')
  expect((await cli('quarantine', 'list')).out).not.toContain('first_name')
  expect((await cli('profiles', 'show', 'zoe@example.org')).out).toContain('first_name: Zoe')
})

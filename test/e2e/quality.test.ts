import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })

async function writeContacts(rows: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'data', 'contacts.csv'), `id,email,city,age\n${rows.join('\n')}\n`)
}

const header = (kind: string, name: string) => ({ kind, version: 1, name })
async function writeManifests(checks: readonly object[]): Promise<void> {
  const manifests = [
    {
      ...header('connection', 'shop'),
      connector: 'files',
      config: { folder: 'data', streams: { contacts: { path: 'contacts.csv', format: 'csv', id: 'id' } } },
    },
    {
      ...header('profile_schema', 'main'),
      traits: { city: { type: 'text' }, age: { type: 'number' } },
      identifiers: { email: { form: 'email' } },
    },
    {
      ...header('mapping', 'contacts'),
      connection: 'shop',
      stream: 'contacts',
      identifiers: { email: { from: 'email' } },
      traits: { city: { from: 'city' }, age: { from: 'age', apply: ['number'] } },
    },
    { ...header('quality', 'contacts'), connection: 'shop', stream: 'contacts', checks },
    { ...header('sync', 'pull'), source: { connection: 'shop', stream: 'contacts' } },
  ]
  await writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify(manifests))
}

const crowd = Array.from(
  { length: 40 },
  (_, at) => `p${at},p${at}@example.com,${at % 2 ? 'Paris' : 'Lyon'},${30 + (at % 9)}`,
)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
  await mkdir(join(folder, 'data'))
  await mkdir(join(folder, 'manifests'))
  await writeContacts([
    ...crowd,
    'x1,not an address,PARIS,old',
    'x2,x2@example.com,Lyon,',
    'x3,x3@example.com,"Lyon,9',
  ])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('shows in the plan what each check would do, before it does anything', async () => {
  await writeManifests([{ on: 'age', check: { between: [0, 120] } }])
  expect(await cli('apply', '--yes')).toMatchObject({ code: 0 })
  expect((await cli('run')).out).toContain('quarantined 1')
  await writeManifests([{ on: 'age', check: 'filled', action: 'quarantine' }])
  const { code, out } = await cli('plan')
  expect(code).toBe(0)
  expect(out).toContain('Checks of shop/contacts')
  expect(out).toMatch(/age: missing — 2 records, record held back/)
  expect((await cli('quarantine', 'list')).out).not.toContain('age: missing')
})

it('reports the source trait by trait, with the reason of what nobody can use', async () => {
  const { code, out } = await cli('quality', 'report', 'shop')
  expect(code).toBe(0)
  expect(out).toContain('42 source records · 42 people')
  expect(out).toMatch(/email +97\.6 % +41 +1/)
  expect(out).toContain('email: 1 × no valid e-mail address')
  expect(out).toContain('age: 1 × not a number')
  expect(out).toContain('city: 1 value differs from another one only in how it is written')
  expect(out).not.toContain('not an address')
})

it('tells programs the same, and refuses a source that is not there', async () => {
  const told = JSON.parse((await cli('quality', 'report', '--json')).out) as {
    sources: { targets: object[] }[]
  }
  expect(told.sources[0]?.targets).toContainEqual(
    expect.objectContaining({ name: 'age', filled: 40, unusable: { not_a_number: 1 } }),
  )
  expect(await cli('quality', 'report', 'nowhere')).toMatchObject({ code: 64 })
})

it('holds records back, lists them by the id of the source, and lets them through when told to', async () => {
  await cli('apply', '--yes')
  await cli('run')
  const listed = await cli('quarantine', 'list')
  expect(listed.out).toContain('shop/contacts: 2 records are held back (age: missing)')
  expect(listed.out).toContain('shop/contacts: 1 row could not be read')
  expect(listed.out).toMatch(/shop\/contacts +x1 /)
  const replayed = await cli('quarantine', 'replay', '--accept')
  expect(replayed.out).toContain('2 records pass as they are until their content changes.')
  expect(replayed.out).toContain('read again from their beginning: pull')
  await cli('run')
  const after = await cli('quarantine', 'list')
  expect(after.out).not.toContain('held back (age: missing)')
  expect((await cli('quality', 'report')).out).toContain('42 source records')
})

it('says what moved since the last pull', async () => {
  await writeContacts([
    ...crowd.map((row) => row.replace(/,(\d+)$/, (_, age) => `,${Number(age) + 40}`)),
    'x2,x2@example.com,Lyon,70',
  ])
  await cli('run')
  const { out } = await cli('quality', 'report')
  expect(out).toContain('compared with')
  expect(out).toMatch(/age .*other values than before/)
  expect(out).toMatch(/city .*as before/)
})

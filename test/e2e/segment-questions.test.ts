import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const french = (...words: string[]) => cli(...words, '--lang', 'fr')

/** Twenty people: even ones are French, every fifth has no country, all but the first consented. */
async function writeContacts(): Promise<void> {
  const rows = Array.from({ length: 20 }, (_, index) => {
    const country = index % 5 === 4 ? '' : index % 2 === 0 ? 'FR' : 'DE'
    return `${index},person${index}@example.com,,N${index},${country},${index === 0 ? 'no' : 'yes'}`
  })
  await writeFile(
    join(folder, 'data', 'contacts.csv'),
    `id,email,phone,first_name,country,newsletter\n${rows.join('\n')}\n`,
  )
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
  await cli('init', '.', '--yes', '--country', 'FR')
  await writeContacts()
  await cli('apply', '--yes')
  await cli('run')
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a segment is previewed part by part, saved or not, with masked people', async () => {
  const saved = await cli('segments', 'preview', 'first-audience')
  expect(saved.err).toBe('')
  expect(saved.out).toMatch(/first-audience: 7 of 20 people \(35 %\)/)
  expect(saved.out).toMatch(/8 +8 +4 +country is “FR” — unknown where country is missing/)
  expect(saved.out).toMatch(/p_\d+ {2}email p…@e….com/)
  expect(saved.out).not.toContain('@example.com')
  const draft = await cli('segments', 'preview', '--rule', "country = 'FR' or country is missing", '--json')
  expect(JSON.parse(draft.out)).toMatchObject({
    type: 'segment_preview',
    members: 12,
    profiles: 20,
    rule: { path: '', whereTrue: 12, children: [{ path: 'any[0]', whereUnknown: 4 }, { whereTrue: 4 }] },
  })
})

it('a draft in a file is checked first: each fault has its line and column', async () => {
  await writeFile(
    join(folder, 'draft.json'),
    JSON.stringify(
      {
        all: [
          { trait: 'countri', op: 'equals', value: 'FR' },
          { trait: 'country', op: 'at_least', value: 3 },
        ],
      },
      null,
      1,
    ),
  )
  const faulty = await french('segments', 'preview', 'draft.json')
  expect(faulty.code).toBe(78)
  expect(faulty.err).toMatch(/draft\.json:4:\d+ .*countri/)
  expect(faulty.err).toContain('country')
  expect(faulty.err).toMatch(/draft\.json:10:\d+/)
  const unknown = await cli('segments', 'preview', 'first-audiance')
  expect(unknown.code).toBe(78)
  expect(unknown.err).toContain('first-audience')
  expect((await cli('segments', 'preview')).code).toBe(64)
})

it('explain says of a segment why somebody is in or out, in French too', async () => {
  const member = await cli('explain', 'person2@example.com', 'first-audience')
  expect(member.out).toMatch(/meets the rule of first-audience/)
  expect(member.out).toMatch(/✔ country is “FR” — here: FR \(true\)/)
  expect(member.out).toMatch(/first-audience, since /)
  const stranger = await french('explain', 'person4@example.com', 'first-audience')
  expect(stranger.out).toMatch(/ne remplit pas la règle/)
  expect(stranger.out).toMatch(/\? country est « FR » — country manque \(inconnu\)/)
  const draft = await cli(
    'explain',
    'person1@example.com',
    '--rule',
    '{"segment":"first-audience"}',
    '--json',
  )
  expect(JSON.parse(draft.out)).toMatchObject({
    isMember: false,
    rule: { truth: false, detail: { kind: 'member', isMember: false, since: null } },
  })
})

it('the history tells who left since, and where segments stand', async () => {
  const path = join(folder, 'manifests', 'segment-first-audience.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(
    path,
    JSON.stringify({ ...manifest, rule: { trait: 'country', op: 'equals', value: 'DE' } }),
  )
  await cli('apply', '--yes')
  expect((await cli('segments', 'list')).out).toMatch(/first-audience +7 +rule changed/)
  await cli('run')
  expect((await french('segments', 'list')).out).toMatch(/first-audience +8 +à jour/)
  const history = JSON.parse((await cli('segments', 'history', 'first-audience', '--json')).out) as {
    steps: object[]
  }
  expect(history.steps.at(-1)).toMatchObject({ size: 8, entered: 15, exited: 7 })
  const shown = await cli('profiles', 'show', 'person2@example.com')
  expect(shown.out).toMatch(/Segments left\n {2}first-audience, from .* to /)
})

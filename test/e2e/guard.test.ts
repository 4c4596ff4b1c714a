import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startMetaSandbox, type MetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { runCli } from '../support/run-cli.ts'

const sync = 'first-audience-to-platform'
const people = 300

let folder = ''
let meta: MetaSandbox

/** The starter workspace with a Meta sandbox as its platform; the first `living` people are of the segment's country. */
async function writeContacts(living: number): Promise<void> {
  const rows = Array.from({ length: people }, (_, index) => {
    return `${index},person${index}@example.com,,N${index},${index < living ? 'FR' : 'DE'},yes`
  })
  await writeFile(
    join(folder, 'data', 'contacts.csv'),
    `id,email,phone,first_name,country,newsletter\n${rows.join('\n')}\n`,
  )
}

async function rewrite(file: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'manifests', file)
  const document = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...document, ...changes }))
}

const cli = (...words: string[]) => runCli(words, { cwd: folder })
const listed = (): number => [...meta.audiences.values()].reduce((sum, { members }) => sum + members.size, 0)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
  meta = await startMetaSandbox({ clock: systemClock, accessToken: 'token', adAccountId: 'act_1' })
  await runCli(['init', '.', '--yes', '--country', 'FR'], { cwd: folder })
  await rewrite('connection-platform.json', {
    connector: 'meta',
    config: { base_url: meta.url, access_token: '${env:META_TOKEN}', ad_account_id: 'act_1' },
  })
  await rewrite('sync-first-audience.json', {
    destination: { connection: 'platform', kind: 'custom_audience', audience: 'First audience' },
    fields: { EMAIL: { identifier: 'email' } },
  })
  await writeFile(join(folder, '.env'), 'META_TOKEN=token\n')
  await writeContacts(people)
})
afterAll(async () => {
  await meta.close()
  await rm(folder, { recursive: true, force: true })
})

it('the guard stops a run that would remove most members; a person approves exactly that plan; then it goes through', async () => {
  expect((await cli('apply', '--yes')).code).toBe(0)
  expect((await cli('run')).code).toBe(0)
  expect(listed()).toBe(people)

  await writeContacts(100)
  const stopped = await cli('run')
  expect(stopped.code).toBe(5)
  expect(stopped.out).toContain('planned 200 = applied 0 + rejected 0 + skipped 0 + pending 200')
  const digest = /--confirm ([0-9a-f]{12})/.exec(stopped.out)?.[1] ?? ''
  expect(listed(), 'nothing was sent').toBe(people)

  const unconfirmed = await cli('approve', sync)
  expect([unconfirmed.code, unconfirmed.err]).toEqual([5, expect.stringContaining(`--confirm ${digest}`)])
  const wrong = await cli('approve', sync, '--confirm', 'ffffffffffff')
  expect(wrong.code).toBe(5)
  expect((await cli('approve', sync, '--confirm', digest)).code).toBe(0)
  expect((await cli('run')).code).toBe(0)
  expect(listed()).toBe(100)
})

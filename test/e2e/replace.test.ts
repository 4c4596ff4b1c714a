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

async function rewrite(file: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'manifests', file)
  const document = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...document, ...changes }))
}

const cli = (...words: string[]) => runCli(words, { cwd: folder })
const operations = (): string[] => meta.ledger.map(({ operation }) => operation)

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
  const rows = Array.from(
    { length: people },
    (_, index) => `${index},person${index}@example.com,,N${index},FR,yes`,
  )
  const head = 'id,email,phone,first_name,country,newsletter'
  await writeFile(join(folder, 'data', 'contacts.csv'), `${head}\n${rows.join('\n')}\n`)
})
afterAll(async () => {
  await meta.close()
  await rm(folder, { recursive: true, force: true })
})

it('a person has all members of a mirror sent again, in one exchange that Meta takes, once', async () => {
  expect((await cli('apply', '--yes')).code).toBe(0)
  expect((await cli('run')).code).toBe(0)
  const replaced = await cli('run', '--replace', sync)
  expect([replaced.code, replaced.err]).toEqual([0, expect.any(String)])
  expect(replaced.out).toContain(`applied ${people}`)
  expect((await cli('run')).code).toBe(0)
  expect(operations()).toEqual(['audience_create', 'users_add', 'users_replace'])
  const [audience] = meta.audiences.values()
  expect(audience?.members.size).toBe(people)
})

it('an order for a sync that does not exist is refused by name', async () => {
  const refused = await cli('run', '--replace', 'first-audience-to-platfrom')
  expect(refused.code).toBe(64)
  expect(refused.err).toContain(sync)
})

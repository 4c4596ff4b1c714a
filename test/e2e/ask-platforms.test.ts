import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { runCli } from '../support/run-cli.ts'

let folder = ''
let google: GoogleAdsSandbox

async function rewrite(file: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'manifests', file)
  const document = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...document, ...changes }))
}

/** People of the shop, all of whom agree. */
async function writeContacts(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => `${index},p${index}@example.com,,N${index},FR,yes`)
  const file = join(folder, 'data', 'contacts.csv')
  await writeFile(file, `id,email,phone,first_name,country,newsletter\n${rows.join('\n')}\n`)
}

const cli = (...words: string[]) => runCli(words, { cwd: folder })
const uploads = () => google.requests.filter(({ path }) => path === '/v1/audienceMembers:ingest').length

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
  google = await startGoogleAdsSandbox({ clock: systemClock })
  await runCli(['init', '.', '--yes', '--country', 'FR'], { cwd: folder })
  await rewrite('connection-platform.json', {
    connector: 'google-ads',
    config: {
      customer_id: '123-456-7890',
      client_id: 'sandbox-client',
      client_secret: '${env:ADS_SECRET}',
      refresh_token: '${env:ADS_REFRESH}',
      customer_match_terms_accepted: true,
      data_manager_url: google.url,
      google_ads_url: google.url,
      token_url: `${google.url}/token`,
    },
  })
  await rewrite('sync-first-audience.json', {
    destination: { connection: 'platform', kind: 'customer_match', audience: 'First audience' },
    fields: { email: { identifier: 'email' } },
  })
  await writeFile(join(folder, '.env'), 'ADS_SECRET=sandbox-secret\nADS_REFRESH=sandbox-refresh\n')
  await writeContacts(3)
})
afterAll(async () => {
  await google.close()
  await rm(folder, { recursive: true, force: true })
})

it('a plan asks Google when it is told to, says what Google would refuse, and adds nobody', async () => {
  expect((await cli('apply', '--yes')).code).toBe(0)
  await cli('run')
  expect(uploads()).toBe(1)
  await writeContacts(5)
  await cli('run', '--only', 'pull-contacts')

  const offline = await cli('plan')
  expect(offline.out).toContain('add 2')
  expect(offline.out).toContain('no use of fewer than 100')
  expect(offline.out).not.toContain('was asked')
  expect(uploads()).toBe(1)

  const asked = await cli('plan', '--ask-platforms')
  expect(asked.out).toContain('the platform was asked about 2 additions, and changed nothing')
  expect(uploads()).toBe(2)

  google.acceptTerms(false)
  const refused = await cli('plan', '--ask-platforms', '--lang', 'fr')
  expect(refused.out).toContain('La plateforme refuserait cette exécution')
  expect(refused.code).toBe(0)
  const document = JSON.parse((await cli('plan', '--ask-platforms', '--json')).out) as object
  expect(document).toMatchObject({
    syncs: [{ adds: 2, minimum_size_missed: 100, platform: { error: 'platform.terms_not_accepted' } }],
  })
})

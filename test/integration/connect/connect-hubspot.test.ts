import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { runCommandLine } from '../../../hub-server/cli/run-command-line.ts'
import { connectGuides } from '../../../hub-server/connect/guides.ts'
import { createTranslator, languages } from '../../../hub-server/locales/translate.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const token = 'sandbox-token'
const page = async (path: string) => readFile(new URL(`../../../docs/${path}`, import.meta.url), 'utf8')
const manifestsOf = (text: string): string => /```json\n(.*?)```/s.exec(text)?.[1] ?? ''

let sandbox: HubspotSandbox
beforeAll(async () => {
  sandbox = await startHubspotSandbox({
    clock: systemClock,
    contacts: [
      { id: '101', properties: { email: 'ada@example.com', city: 'Paris', hs_email_optout: 'false' } },
      { id: '102', properties: { email: 'grace@example.com', city: 'Paris', hs_email_optout: 'true' } },
    ],
  })
})
afterAll(() => sandbox.close())

let folder: string
beforeEach(async () => {
  const made = await createWorkspaceFolder({})
  folder = made.path
  await run(['init', 'shop', '--yes'])
  return () => made[Symbol.asyncDispose]()
})

const collect = (into: string[]): Writable =>
  new Writable({
    write(part, _encoding, done) {
      into.push(String(part))
      done()
    },
  })

/** A command line in this process, as whoever stands in the folder types it. */
async function run(
  words: readonly string[],
  typed = '',
): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommandLine(
    {
      stdin: Readable.from([typed]),
      stdout: collect(out),
      stderr: collect(err),
      env: { AFFLUENT_LANG: 'en', AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1' },
      currentFolder: folder,
      stopSignal: () => new AbortController().signal,
    },
    words,
  )
  return { code, out: out.join(''), err: err.join('') }
}

const connect = (words: readonly string[], typed = token) =>
  run(['connect', 'hubspot', '--workspace', 'shop', '--no-input', ...words], typed)

const asKey = () => [
  '--access',
  'service_key',
  '--set',
  'portal_id=4242424',
  '--set',
  `base_url=${sandbox.url}`,
  '--secret',
  'access_token=-',
]

describe('affluent connect hubspot', () => {
  it('says what is asked for and why, keeps the secret apart, declares the connection and tests it', async () => {
    const { code, out, err } = await connect(asKey())
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('crm.lists.write  create lists and put people in and out')
    expect(out).toContain('✔ crm.lists.write')
    const manifest = await readFile(join(folder, 'shop/manifests/connection-hubspot.json'), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({
      kind: 'connection',
      name: 'hubspot',
      connector: 'hubspot',
      config: { access_token: '${env:HUBSPOT_ACCESS_TOKEN}', portal_id: '4242424' },
    })
    expect(parseEnv(await readFile(join(folder, 'shop/.env'), 'utf8'))).toEqual({
      HUBSPOT_ACCESS_TOKEN: token,
    })
    expect((await stat(join(folder, 'shop/.env'))).mode & 0o777).toBe(0o600)
    expect(`${out}${err}${manifest}`).not.toContain(token)
  })

  it('tells permission by permission what is missing, and what to do', async () => {
    sandbox.scopes.delete('crm.lists.write')
    const { code, out } = await connect(asKey())
    sandbox.scopes.add('crm.lists.write')
    expect(code).not.toBe(0)
    expect(out).toContain('✔ crm.lists.read')
    expect(out).toContain('✖ crm.lists.write')
    expect(out).toContain('Add the scope crm.lists.write')
    expect(out).toContain('affluent connections test hubspot')
  })

  it('never takes a secret from the command line, and never shows one', async () => {
    const given = await connect(['--access', 'service_key', '--set', `access_token=${token}`])
    expect(given.code).toBe(64)
    expect(given.err).toContain('--secret access_token=')
    const spaced = await connect(asKey(), 'two words')
    expect(spaced.code).toBe(64)
    expect(given.out + given.err + spaced.out + spaced.err).not.toMatch(/sandbox-token|two words/)
  })

  it.each([
    ['an answer that is missing', ['--access', 'service_key'], '--set portal_id'],
    ['an answer that does not fit', '--access service_key --set portal_id=abc'.split(' '), 'digits'],
    ['a question that is not asked', '--access service_key --set potral_id=1'.split(' '), 'portal_id'],
    ['a kind of access that there is not', ['--access', 'password'], 'app, service_key'],
    [
      'an address that HubSpot cannot call',
      '--access app --hub-url http://localhost:4000'.split(' '),
      'https',
    ],
    [
      'a file that is not there',
      '--access service_key --set portal_id=1 --secret access_token=no.txt'.split(' '),
      'standard input',
    ],
  ])('names %s', async (_what, words, expected) => {
    const { code, err } = await connect(words)
    expect([code, err.includes(expected)]).toEqual([64, true])
  })

  it('replaces a connection only when told to, and leaves the other lines of .env alone', async () => {
    await writeFile(join(folder, 'shop/.env'), "# mine\nOTHER='x # y'\nHUBSPOT_ACCESS_TOKEN=old\n")
    await connect([...asKey(), '--yes'])
    expect((await connect(asKey())).code).toBe(5)
    expect(await readFile(join(folder, 'shop/.env'), 'utf8')).toBe(
      `# mine\nOTHER='x # y'\nHUBSPOT_ACCESS_TOKEN='${token}'\n`,
    )
  })

  it('writes the app with the address of the hub in it, and waits for somebody to authorise it', async () => {
    await writeFile(join(folder, 'secret.txt'), 'sandbox-secret\n')
    const words =
      '--access app --hub-url https://hub.shop.example/ --set portal_id=4242424 --set client_id=sandbox-client'
    const { code, out } = await connect([...words.split(' '), '--secret', 'client_secret=secret.txt'])
    expect(code).toBe(0)
    expect(out).toContain('hs project upload')
    expect(out).toContain('affluent connections authorize hubspot')
    const action = await readFile(
      join(folder, 'hubspot-app/src/app/workflow-actions/add-to-segment-hsmeta.json'),
      'utf8',
    )
    expect(JSON.parse(action).config.actionUrl).toBe(
      'https://hub.shop.example/webhooks/hubspot/add_to_segment',
    )
  })
})

describe('the install pages', () => {
  it('show the same manifests in both languages', async () => {
    const english = JSON.parse(manifestsOf(await page('install-hubspot.md')))
    expect(JSON.parse(manifestsOf(await page('fr/install-hubspot.md')))).toEqual(english)
  })

  it('lead from nothing to a list in HubSpot, followed word by word', async () => {
    const { rm, readdir } = await import('node:fs/promises')
    for (const file of await readdir(join(folder, 'shop/manifests')))
      await rm(join(folder, 'shop/manifests', file))
    await writeFile(join(folder, 'shop/manifests/people.json'), manifestsOf(await page('install-hubspot.md')))
    const results = [await connect(asKey())]
    for (const command of [
      'validate',
      'apply --yes',
      'connections test hubspot',
      'plan',
      'run',
      'segments pick vip-dinner ada@example.com',
      'explain ada@example.com vip-dinner',
    ])
      results.push(await run([...command.split(' '), '--workspace', 'shop']))
    expect(results.map(({ code, err }) => [code, code === 0 ? '' : err])).toEqual(results.map(() => [0, '']))
    const [list] = sandbox.ledger.filter(({ operation }) => operation.includes('add'))
    expect(list?.members).toEqual(['101'])
  })
})

describe('the words of every guide', () => {
  it.each(connectGuides.map((guide) => [guide.platform, guide] as const))(
    'of %s are there in both languages',
    (platform, { ways, permissions }) => {
      const keys = [
        'title',
        'intro',
        ...ways.flatMap(({ name, questions }) => [
          `ways.${name}`,
          `steps.${name}.1`,
          `next.${name}`,
          ...questions.flatMap(({ key }) => [`questions.${key}`, `expected.${key}`]),
        ]),
        ...[...permissions.needed, ...permissions.optional].map(
          (name) => `permissions.${name.replaceAll('.', '_')}`,
        ),
      ]
      for (const language of languages) {
        const { t } = createTranslator(language)
        const missing = keys.filter((key) => t(`connect.${platform}.${key}`) === `connect.${platform}.${key}`)
        expect([language, missing]).toEqual([language, []])
      }
    },
  )
})

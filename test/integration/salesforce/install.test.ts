import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { openPersonPages } from '../../../hub-server/canvas/open-person-pages.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer } from '../../../hub-server/http/start-server.ts'
import { openHub, requireApplied } from '../../../hub-server/hub.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { canvasContent, canvasForm, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { aGate } from '../../support/a-gate.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { runCli, type CliResult } from '../../support/run-cli.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const docs = join(import.meta.dirname, '../../../docs')
const pages = ['install-salesforce.md', 'fr/install-salesforce.md']

/** The manifests that the page tells an admin to save as manifests/people.json. */
async function readPeople(page: string): Promise<string> {
  const [, block = ''] = /```json\n([^]*?)```/.exec(await readFile(join(docs, page), 'utf8')) ?? []
  return block
}

it('the install pages tell the same manifests and commands in both languages', async () => {
  const [en, fr] = await Promise.all(pages.map((page) => readPeople(page)))
  expect(JSON.parse(en ?? '')).toHaveLength(5)
  expect(fr).toBe(en)
  const [english = '', french = ''] = await Promise.all(
    pages.map((page) => readFile(join(docs, page), 'utf8')),
  )
  expect(french.match(/^##? /gm)?.length).toBe(english.match(/^##? /gm)?.length)
  expect(french.match(/^\|/gm)?.length).toBe(english.match(/^\|/gm)?.length)
})

describe('an admin who follows docs/install-salesforce.md', () => {
  let folder: string
  let shop: string
  let sandbox: SalesforceSandbox
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-install-'))
    shop = join(folder, 'shop')
    sandbox = await startSalesforceSandbox({ clock: systemClock })
  })
  afterEach(async () => {
    await sandbox.close()
    await rm(folder, { recursive: true })
  })

  const affluent = (...words: readonly string[]): Promise<CliResult> => runCli(words, { cwd: shop })

  it('gets the contacts into the hub, an audience into a campaign, and the card onto the contact', async () => {
    const contactId = await createContact(sandbox)
    const parisian = { LastName: 'Martin', Email: 'martin@example.com', MailingCity: 'Paris' }
    sandbox.org.insert('Contact', parisian)
    await writeFile(join(folder, 'secret.txt'), 'consumer-secret')
    await runCli(['init', shop, '--yes'], { cwd: folder })
    // The sample's invented people would become leads of the org.
    await rm(join(shop, 'manifests'), { recursive: true })
    await mkdir(join(shop, 'manifests'))
    await writeFile(join(shop, 'manifests/people.json'), await readPeople('install-salesforce.md'))
    const words =
      'connect salesforce --access client_credentials --connection crm --hub-url https://hub.acme.test ' +
      `--app-folder salesforce-app --set login_url=${sandbox.url} --set expected_org_id=00D5g000004ABCDEA4 ` +
      '--set client_id=consumer-key --secret client_secret=../secret.txt --no-input'
    const connected = await affluent(...words.split(' '))
    expect(connected).toMatchObject({ code: 0, err: '' })
    for (const words of [['validate'], ['apply', '--yes'], ['connections', 'test', 'crm'], ['run']])
      expect(await affluent(...words)).toMatchObject({ code: 0 })
    expect((await affluent('plan')).out).toContain('add 0 · update 0 · remove 0 · unchanged 1')
    expect(sandbox.org.all('CampaignMember').size).toBe(1)
    expect(sandbox.org.all('Lead').size).toBe(0)

    const english = await showCard(shop, { recordId: contactId })
    expect(english).toMatchObject({
      status: 200,
      text: expect.stringContaining('<h2>Consents</h2>') as string,
    })
    const french = await showCard(shop, { recordId: contactId, language: 'fr' })
    expect(french.text).toContain('<h2>Consentements</h2>')
    const stranger = await showCard(shop, { recordId: '0035g00000ZZZZZAAA' })
    expect(stranger.text).toContain('does not know this person')
  })
})

async function createContact(sandbox: SalesforceSandbox): Promise<string> {
  const fields = { FirstName: 'Ada', LastName: 'Byron', Email: 'ada@example.com', HasOptedOutOfEmail: true }
  const { json } = await httpRequest(`${sandbox.url}/services/data/v67.0/sobjects/Contact`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.tokens.openSession()}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
  return (json as { id: string }).id
}

/** Opens the workspace as `affluent serve` does and asks for the card as Salesforce would. */
async function showCard(
  folder: string,
  wish: { readonly recordId: string; readonly language?: string },
): Promise<HttpAnswer> {
  const hub = await openHub({
    folder,
    purpose: 'test',
    env: { CRM_CLIENT_SECRET: 'consumer-secret', AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1' },
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    signal: new AbortController().signal,
    memoryMb: 300,
    secrets: {},
    redisUrl: undefined,
  })
  const open = await hub.open(await requireApplied(hub, 'test'))
  const publicUrl = 'https://hub.acme.test'
  const app = createApp({
    routes: [],
    gate: aGate(hub.control),
    readiness: [],
    host: '127.0.0.1',
    webhooks: undefined,
    beside: openPersonPages({ open: () => open }, { publicUrl, clock: systemClock, logger: silentLogger }),
    logger: silentLogger,
  })
  const server = await startServer({ app, port: 0, clock: systemClock })
  const form = canvasForm(
    '/canvas/crm',
    signEnvelope(canvasContent(systemClock.now(), wish), 'consumer-secret'),
  )
  const answer = await httpRequest(server.url + form.path, {
    method: 'POST',
    headers: { ...form.headers, host: 'hub.acme.test' },
    body: new TextDecoder().decode(form.body),
  })
  await server.close()
  await hub.close()
  return answer
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHubspotSandbox, type HubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startMetaSandbox, type MetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { connectMeta, never, startAt } from '../integration/meta/graph.ts'
import { createFixedClock } from '../support/fixed-clock.ts'
import { httpRequest } from '../support/http-request.ts'
import { runCli, startCli } from '../support/run-cli.ts'
import { signHubspotV3 } from '../support/signed-webhooks.ts'

const clock = createFixedClock(startAt)
const env = { CRM_TOKEN: 'sandbox-token', CRM_SECRET: 'app-secret-of-the-hub', ADS_TOKEN: 'ads-token' }
const publicUrl = 'https://hub.example.com'

let parent: string
let folder: string
let hubspot: HubspotSandbox
let meta: MetaSandbox

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'affluent-actions-'))
  folder = join(parent, 'shop')
  hubspot = await startHubspotSandbox({ clock: systemClock, limits: 'off' })
  meta = await startMetaSandbox({ clock, accessToken: env.ADS_TOKEN, adAccountId: 'act_1' })
  await runCli(['init', folder, '--country', 'FR', '--yes'], { cwd: tmpdir() })
  const manifests = join(folder, 'manifests')
  await rm(join(manifests, 'sync-first-audience.json'))
  const connection = (name: string, connector: string, config: object): Promise<void> =>
    writeFile(
      join(manifests, `connection-${name}.json`),
      JSON.stringify({ kind: 'connection', version: 1, name, connector, config }),
    )
  await connection('platform', 'hubspot', {
    base_url: hubspot.url,
    access_token: '${env:CRM_TOKEN}',
    client_secret: '${env:CRM_SECRET}',
    portal_id: '4242424',
  })
  await connection('ads', 'meta', {
    base_url: meta.url,
    access_token: '${env:ADS_TOKEN}',
    ad_account_id: 'act_1',
  })
  const applied = await affluent('apply', '--yes')
  if (applied.code !== 0) throw new Error(applied.err)
})
afterAll(async () => {
  await Promise.all([hubspot.close(), meta.close()])
  await rm(parent, { recursive: true })
})

const affluent = (...words: string[]) => runCli([...words, '--workspace', folder], { env })

async function withControl<Result>(
  read: (control: Awaited<ReturnType<typeof openControlStore>>) => Promise<Result>,
): Promise<Result> {
  const control = await openControlStore(join(folder, '.affluent', 'control.sqlite'), systemClock)
  try {
    return await read(control)
  } finally {
    await control.close()
  }
}

describe('affluent connections action', () => {
  it('makes the properties in the HubSpot account, prints its answer, and leaves them when it runs again', async () => {
    const first = await affluent('connections', 'action', 'platform', 'provision_properties')
    expect(first).toMatchObject({ code: 0 })
    expect(JSON.parse(first.out)).toEqual({
      format: 1,
      type: 'action',
      action: 'provision_properties',
      answer: {
        created: ['hub_person_id', 'hub_last_synced_at', 'hub_segments'],
        unchanged: [],
        drifted: [],
      },
    })
    const made = hubspot.ledger.length
    const second = await affluent('connections', 'action', 'platform', 'provision_properties')
    expect(JSON.parse(second.out)).toMatchObject({ answer: { created: [] } })
    expect(hubspot.ledger).toHaveLength(made)
  })

  it('hands a file over as its input: a lookalike on Meta', async () => {
    const { audiences } = connectMeta(
      meta.url,
      { access_token: env.ADS_TOKEN, ad_account_id: 'act_1' },
      clock,
    )
    const audience = await audiences.create({ name: 'Best customers' })
    const records = Array.from({ length: 150 }, (_, each) => ({ fields: { EMAIL: `p${each}@example.com` } }))
    await audiences.add({ audience, records, signal: never })
    clock.advance(25 * 3_600_000)
    const input = {
      name: 'Like the best',
      origin_audience_id: audience.externalId,
      ratio: 0.01,
      countries: ['FR'],
    }
    const file = join(folder, 'lookalike.json')
    await writeFile(file, JSON.stringify(input))
    const words = ['connections', 'action', 'ads', 'create_lookalike', '--input', file]
    const { code, out, err } = await affluent(...words)
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ answer: { name: 'Like the best', created: true } })
    expect([...meta.audiences.values()].map(({ subtype }) => subtype)).toContain('LOOKALIKE')
  })

  it('asks for the name of the connection before what cannot be taken back, and for no more before what only reads', async () => {
    const file = join(folder, 'uninstall.json')
    await writeFile(file, JSON.stringify({ portal_id: '1' }))
    const words = ['connections', 'action', 'platform', 'uninstall', '--input', file]
    const { code, err } = await affluent(...words)
    expect(code).toBe(5)
    expect(err).toContain('Uninstalls the app')
    // A Service Key belongs to no app: the connector itself refuses, once it is asked.
    expect((await affluent(...words, '--yes')).err).toContain('Service Key')
    expect((await affluent('connections', 'action', 'platform', 'list_scopes')).code).toBe(0)
  })

  it('is noted in the audit log, without what was sent', async () => {
    const entries = await withControl((control) => control.auditEntries())
    const noted = entries.filter(({ action }) => action === 'action_run')
    const requestId = expect.any(String)
    expect(noted.map(({ object, details }) => [object, details])).toEqual([
      ['connection/platform', { action: 'provision_properties', effect: 'changes', requestId }],
      ['connection/platform', { action: 'provision_properties', effect: 'changes', requestId }],
      ['connection/ads', { action: 'create_lookalike', effect: 'changes', requestId }],
    ])
    expect((await affluent('audit', 'verify')).code).toBe(0)
  })
})

describe('affluent serve', () => {
  it('takes a signed webhook at its public address, and has it still when it was killed after its answer', async () => {
    const signal = {
      id: '4242424:7:123:1795305600000:1',
      kind: 'deleted',
      stream: 'contacts',
      externalId: '123',
      occurredAt: 1_795_305_600_000,
    } as const
    const body = JSON.stringify([
      {
        eventId: 1,
        subscriptionId: 7,
        portalId: 4_242_424,
        occurredAt: signal.occurredAt,
        subscriptionType: 'object.deletion',
        objectTypeId: '0-1',
        objectId: 123,
      },
    ])
    const path = '/webhooks/platform/events'
    const server = startCli(['serve', '--port', '0', '--workspace', folder], {
      env: { ...env, AFFLUENT_PUBLIC_URL: publicUrl },
    })
    const [, url = ''] = await server.seen(/Listening on (http:\S+?):? /)
    const { headers } = signHubspotV3({ publicUrl, path, body, secret: env.CRM_SECRET }, Date.now())
    const post = (more: Readonly<Record<string, string>> = {}) =>
      httpRequest(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, host: 'hub.example.com', ...more },
        body,
      })
    expect((await post()).status).toBe(200)
    expect((await post({ 'x-hubspot-signature-v3': 'forged' })).status).toBe(401)
    await server.seen(/Webhooks of platform: https:\/\/hub\.example\.com\/webhooks\/platform\/events/)
    server.child.kill('SIGKILL')
    await server.ended()
    const waiting = await withControl((control) => control.waitingSignals(10))
    expect(waiting).toMatchObject([{ connection: 'platform', signal }])
    expect((await affluent('run')).code).toBe(0)
    expect(await withControl((control) => control.waitingSignals(10))).toEqual([])
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { signHubspotV2, signMeta } from '../../support/signed-webhooks.ts'
import { aHub, publicUrl, secrets, type HubSettings, type HubUnderTest } from './a-hub.ts'
import { event, keptOf, signEvents } from './hubspot-events.ts'

let clock: FixedClock
let running: HubUnderTest[]

beforeEach(() => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  running = []
})
afterEach(async () => {
  for (const hub of running) await hub.close()
})

async function start(settings?: HubSettings): Promise<HubUnderTest> {
  const hub = await aHub(clock, settings)
  running.push(hub)
  return hub
}

const events = (told: readonly object[] | string, sending?: Parameters<typeof signEvents>[2]) =>
  signEvents(clock, told, sending)

const deletion = (user = '218471') =>
  signMeta('/webhooks/ads/data_deletion', { user_id: user, issued_at: 1_795_305_600 }, secrets.meta)

describe('repetition', () => {
  it('W07: of one id with two contents the first stays and the second is counted; accounts are independent', async () => {
    const hub = await start()
    await hub.post(events([event(), event({ portalId: 6 })]))
    await hub.post(events([event({ subscriptionType: 'object.creation' })]))
    expect(await keptOf(hub)).toEqual(['crm deleted 123', 'crm-us deleted 123'])
    expect(hub.commits.at(-1)).toEqual({ fresh: 0, repeated: 1, differing: 1 })
  })

  it('W12: a message that comes twice at the same moment to two processes has one effect', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-inbox-'))
    const path = join(folder, 'control.sqlite')
    const first = await start({ path })
    const second = await start({ path })
    const message = events([event()])
    const answers = await Promise.all([first.post(message), second.post(message), first.post(message)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await keptOf(first)).toEqual(['crm deleted 123'])
    expect([...first.commits, ...second.commits].reduce((sum, { fresh }) => sum + fresh, 0)).toBe(1)
    await rm(folder, { recursive: true })
  })

  it('W14: of a message with a hundred events all are kept or none, and all of them once', async () => {
    let broken = true
    const hub = await start({
      async beforeKeep() {
        if (broken) throw new AffluentError('store.disk_full', { act: 'x', file: 'x' })
      },
    })
    const message = events(
      Array.from({ length: 100 }, (_, index) => event({ eventId: index, objectId: index })),
    )
    expect((await hub.post(message)).status).toBe(503)
    expect(await keptOf(hub)).toEqual([])
    broken = false
    expect((await hub.post(message)).status).toBe(200)
    expect((await hub.post(message)).status).toBe(200)
    expect(new Set(await keptOf(hub)).size).toBe(100)
    expect(hub.commits).toEqual([
      { fresh: 100, repeated: 0, differing: 0 },
      { fresh: 0, repeated: 100, differing: 0 },
    ])
  })

  it('X14: the message of 4 min 59 s takes effect once, also after a restart; older and future ones are refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-inbox-'))
    const path = join(folder, 'control.sqlite')
    const before = await start({ path })
    const at = clock.now()
    const message = events([event()], { at: at - 299_000 })
    expect((await before.post(message)).status).toBe(200)
    expect((await before.post(message)).status).toBe(200)
    await before.close()
    running = []
    const after = await start({ path })
    expect((await after.post(message)).status).toBe(200)
    expect((await after.post(events([event({ eventId: 2 })], { at: at - 301_000 }))).status).toBe(401)
    expect((await after.post(events([event({ eventId: 3 })], { at: at + 120_000 }))).status).toBe(401)
    expect(await keptOf(after)).toEqual(['crm deleted 123'])
    await after.close()
    running = []
    await rm(folder, { recursive: true })
  })
})

describe('forgery', () => {
  it('X13: refuses a body that was written anew, and takes escaped Unicode as it came', async () => {
    const hub = await start()
    const body = '[ {"eventId": 1, "propertyValue":"\\u00e9\\ud83d\\ude00"} ]'
    const message = events(body)
    const anew = new TextEncoder().encode(JSON.stringify(JSON.parse(body)))
    expect((await hub.post({ ...message, body: anew })).status).toBe(401)
    expect((await hub.post(message)).status).toBe(200)
  })

  it('X15: never falls back to an older signature', async () => {
    const hub = await start()
    const body = JSON.stringify([event()])
    const v2 = signHubspotV2({ publicUrl, path: '/webhooks/crm/events', body, secret: secrets.hubspot })
    expect((await hub.post(v2)).status).toBe(401)
    const stripped = { ...events(body), headers: { ...events(body).headers, ...v2.headers } }
    const { 'x-hubspot-signature-v3': _v3, ...older } = stripped.headers
    expect((await hub.post({ ...stripped, headers: older })).status).toBe(401)
  })

  it('X16: takes the app’s secret and the one before the rotation, and no older one', async () => {
    const hub = await start()
    const send = async (secret: string) =>
      (await hub.post(events([event({ portalId: 9 })], { connection: 'rotating', secret }))).status
    expect([await send('new-secret'), await send('old-secret'), await send('oldest-secret')]).toEqual([
      200, 200, 401,
    ])
  })

  it('tells of refused messages once a minute and connection, with their number, and never what they held', async () => {
    const hub = await start()
    const forged = events([event({ propertyValue: 'ada@example.com' })], { secret: 'guessed' })
    for (let count = 0; count < 5; count += 1) await hub.post(forged)
    await hub.post({ ...forged, path: '/webhooks/stranger-1/events' })
    await hub.post({ ...forged, path: '/webhooks/stranger-2/events' })
    clock.advance(60_000)
    await hub.post(forged)
    const told = hub.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(told.map(({ event: name, connection, count }) => [name, connection, count])).toEqual([
      ['webhook_refused', 'crm', 1],
      ['webhook_refused', 'unknown', 1],
      ['webhook_refused', 'crm', 5],
    ])
    expect(hub.lines.join('')).not.toMatch(/ada@|guessed|stranger/)
  })
})

describe('a request to delete a person’s data', () => {
  it('X19: is one case however often it is told, and its page shows the state', async () => {
    const hub = await start()
    const first = await hub.post(deletion())
    expect(await hub.post(deletion())).toEqual(first)
    const waiting = await hub.store.waitingSignals(10)
    const codes = waiting.map((told) => hub.store.codeOf(told))
    expect(codes).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)])
    const page = `/requests/${codes[0]}`
    expect(JSON.parse(first.text)).toEqual({ url: `${publicUrl}${page}`, confirmation_code: codes[0] })
    const shown = await hub.api.get(page, { headers: { host: 'hub.example.com' } })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('Your request was received and is being worked on.')
    const french = await hub.api.get(page, { headers: { 'accept-language': 'fr' } })
    expect(french.text).toContain('Votre demande a été reçue')
    expect((await hub.api.get(`/requests/${'0'.repeat(32)}`)).status).toBe(404)
    expect((await hub.api.get(page, { method: 'POST' })).status).toBe(405)
  })

  it('X19: is refused when it is forged', async () => {
    const hub = await start()
    const forged = signMeta('/webhooks/ads/data_deletion', { user_id: '1', issued_at: 1 }, 'guessed')
    expect((await hub.post(forged)).status).toBe(401)
  })
})

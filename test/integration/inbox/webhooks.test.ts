import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { problemContract } from '../../../hub-server/api/contract/problem.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { signHubspotV2, signHubspotV3, signMeta, type SignedMessage } from '../../support/signed-webhooks.ts'
import { anApi } from '../http/an-api.ts'
import { aHub, publicUrl, secrets, type HubSettings, type HubUnderTest } from './a-hub.ts'

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

const event = (more: object = {}) => ({
  eventId: 1,
  subscriptionId: 7,
  portalId: 5,
  occurredAt: 1_795_305_600_000,
  subscriptionType: 'object.deletion',
  objectTypeId: '0-1',
  objectId: 123,
  ...more,
})

interface Sending {
  readonly connection?: string
  readonly secret?: string
  readonly at?: number
  readonly query?: string
}

/** Signed events for the address of a connection. */
function events(told: readonly object[] | string, sending: Sending = {}): SignedMessage {
  const { connection = 'crm', secret = secrets.hubspot, at = clock.now(), query = '' } = sending
  const body = typeof told === 'string' ? told : JSON.stringify(told)
  return signHubspotV3({ publicUrl, path: `/webhooks/${connection}/events${query}`, body, secret }, at)
}

const kept = async (hub: HubUnderTest): Promise<string[]> =>
  (await hub.store.waitingSignals(1000)).map(
    ({ connection, signal }) => `${connection} ${signal.kind} ${signal.externalId}`,
  )

const deletion = (user = '218471') =>
  signMeta('/webhooks/ads/data_deletion', { user_id: user, issued_at: 1_795_305_600 }, secrets.meta)

describe('POST /webhooks/{connection}/{webhook}', () => {
  it('keeps what a proven message tells before it answers 200, and says that signals wait', async () => {
    const hub = await start()
    expect(await hub.post(events([event(), event({ eventId: 2, objectId: 9 })]))).toEqual({
      status: 200,
      text: '',
    })
    expect(await kept(hub)).toEqual(['crm deleted 123', 'crm deleted 9'])
    expect(hub.rings()).toBe(1)
  })

  it('verifies against the public address with its query, never against the Host header', async () => {
    const hub = await start()
    expect(await hub.post(events([event()], { query: '?source=%40hubspot&q=x%20y' }))).toMatchObject({
      status: 401,
    })
    const decoded = signHubspotV3(
      {
        publicUrl,
        path: '/webhooks/crm/events?source=@hubspot&q=x%20y',
        body: '[]',
        secret: secrets.hubspot,
      },
      clock.now(),
    )
    // HubSpot decodes some escapes before it signs; what it calls still has them.
    const called = { ...decoded, path: '/webhooks/crm/events?source=%40hubspot&q=x%20y' }
    expect(await hub.post(called)).toMatchObject({ status: 200 })
    const local = signHubspotV3(
      { publicUrl: hub.api.server.url, path: '/webhooks/crm/events', body: '[]', secret: secrets.hubspot },
      clock.now(),
    )
    expect(await hub.post(local)).toMatchObject({ status: 401 })
  })

  it('answers an unknown connection, an unknown webhook and a wrong signature with the same words', async () => {
    const hub = await start()
    const signed = events([event()])
    const refused = await Promise.all([
      hub.post({ ...signed, path: '/webhooks/nobody/events' }),
      hub.post({ ...signed, path: '/webhooks/__proto__/events' }),
      hub.post({ ...signed, path: '/webhooks/crm/nothing' }),
      hub.post({ ...signed, path: '/webhooks/other/events' }),
      hub.post({ ...signed, headers: {} }),
    ])
    const words = refused.map(({ text }) => ({ ...problemContract.parse(JSON.parse(text)), instance: '' }))
    expect(words).toEqual(
      refused.map(() => expect.objectContaining({ status: 401, code: 'api.webhook_refused' })),
    )
    expect(new Set(words.map((word) => JSON.stringify(word))).size).toBe(1)
    expect(await kept(hub)).toEqual([])
  })

  it('hands a message of an app to each connection of that app that it concerns', async () => {
    const hub = await start()
    await hub.post(events([event(), event({ portalId: 6, objectId: 77 }), event({ portalId: 8 })]))
    expect(await kept(hub)).toEqual(['crm deleted 123', 'crm-us deleted 77'])
  })

  it.each([
    ['no list', '{"eventId":1}'],
    ['no JSON', '[{"eventId":1'],
    ['nothing', ''],
    ['another encoding', '\u0000\uFFFD'],
  ])('answers 400 when what is signed is %s, and goes on', async (_what, body) => {
    const hub = await start()
    expect((await hub.post(events(body))).status).toBe(400)
    expect((await hub.post(events([event()]))).status).toBe(200)
  })

  it('names the connection in the log that lacks what its messages need', async () => {
    const hub = await start()
    const message = events([event()], { connection: 'unset', secret: 'no-portal-secret' })
    expect(JSON.parse((await hub.post(message)).text)).toMatchObject({ code: 'api.webhook_unreadable' })
    expect(hub.lines.join('')).toContain('"connection":"unset","code":"platform.invalid_request"')
  })

  it('refuses more than a mebibyte', async () => {
    const hub = await start()
    const large = events(JSON.stringify([event({ propertyValue: 'x'.repeat(1_048_577) })]))
    expect(await hub.post(large)).toMatchObject({ status: 413 })
    expect((await hub.post(events([event()]))).status).toBe(200)
  })

  it('refuses an address of the sender’s choice in the request line', async () => {
    const hub = await start()
    const body = '[]'
    const { headers } = signHubspotV3(
      { publicUrl: '', path: 'https://evil.example/webhooks/crm/events', body, secret: secrets.hubspot },
      clock.now(),
    )
    const socket = connect(Number(new URL(hub.api.server.url).port), '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (text: string) => (received += text))
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(
      `POST https://evil.example/webhooks/crm/events HTTP/1.1\r\nHost: hub.example.com\r\nConnection: close\r\n${lines.join('')}Content-Length: 2\r\n\r\n${body}`,
    )
    await once(socket, 'close')
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
  })

  it('W17: drops a sender that stops in the middle of a message, and serves others meanwhile', async () => {
    const hub = await start({ limits: { headersMs: 200, requestMs: 300 } })
    const { headers, body } = events([event()])
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(Number(new URL(hub.api.server.url).port), '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (text: string) => (received += text))
    socket.write(
      `POST /webhooks/crm/events HTTP/1.1\r\nHost: hub.example.com\r\n${lines.join('')}Content-Length: ${body.byteLength}\r\n\r\n[`,
    )
    expect((await hub.post(events([event({ eventId: 2 })]))).status).toBe(200)
    await once(socket, 'close')
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d |^$/)
    expect(hub.api.lines.join('')).not.toContain('"level":"error"')
  })

  it('takes no other method, and nothing at all without a public address', async () => {
    const hub = await start()
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await hub.api.get('/webhooks/crm/events', { method })
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST'])
    }
    const closed = await anApi()
    const headers = { 'content-length': '2' }
    expect((await closed.get('/webhooks/crm/events', { method: 'POST', headers, body: '[]' })).status).toBe(
      413,
    )
    await closed.close()
  })

  it('does not acknowledge what it could not keep', async () => {
    const hub = await start({
      beforeKeep: () => Promise.reject(new AffluentError('store.disk_full', { act: 'x', file: 'x' })),
    })
    expect((await hub.post(events([event()]))).status).toBe(503)
    expect(hub.rings()).toBe(0)
  })
})

describe('repetition', () => {
  it('W07: of one id with two contents the first stays and the second is counted; accounts are independent', async () => {
    const hub = await start()
    await hub.post(events([event(), event({ portalId: 6 })]))
    await hub.post(events([event({ subscriptionType: 'object.creation' })]))
    expect(await kept(hub)).toEqual(['crm deleted 123', 'crm-us deleted 123'])
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
    expect(await kept(first)).toEqual(['crm deleted 123'])
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
    expect(await kept(hub)).toEqual([])
    broken = false
    expect((await hub.post(message)).status).toBe(200)
    expect((await hub.post(message)).status).toBe(200)
    expect(new Set(await kept(hub)).size).toBe(100)
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
    expect(await kept(after)).toEqual(['crm deleted 123'])
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
    expect([shown.status, shown.text]).toEqual([200, 'Your request was received and is being worked on.\n'])
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

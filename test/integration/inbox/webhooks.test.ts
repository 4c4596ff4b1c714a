import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { problemContract } from '../../../hub-server/api/contract/problem.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { signHubspotV3 } from '../../support/signed-webhooks.ts'
import { anApi } from '../http/an-api.ts'
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

describe('POST /webhooks/{connection}/{webhook}', () => {
  it('keeps what a proven message tells before it answers 200, and says that signals wait', async () => {
    const hub = await start()
    expect(await hub.post(events([event(), event({ eventId: 2, objectId: 9 })]))).toEqual({
      status: 200,
      text: '',
    })
    expect(await keptOf(hub)).toEqual(['crm deleted 123', 'crm deleted 9'])
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
    expect(await keptOf(hub)).toEqual([])
  })

  it('hands a message of an app to each connection of that app that it concerns', async () => {
    const hub = await start()
    await hub.post(events([event(), event({ portalId: 6, objectId: 77 }), event({ portalId: 8 })]))
    expect(await keptOf(hub)).toEqual(['crm deleted 123', 'crm-us deleted 77'])
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
    expect(received).toMatch(/^HTTP\/1\.1 400 /)
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
      404,
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

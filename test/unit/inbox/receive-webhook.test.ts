import { describe, expect, it } from 'vitest'
import type { BoundWebhook, Connection } from '../../../core/connector/connector.ts'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import { createWebhookReceiver } from '../../../hub-server/inbox/receive-webhook.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
const message = {
  method: 'POST',
  url: 'https://hub.example.com/webhooks/a/told',
  headers: {},
  body: new Uint8Array(),
}
const erasure = { id: 'e1', kind: 'erased', stream: 'people', externalId: '7', occurredAt: 5 } as const

function connection(name: string, webhook: Partial<BoundWebhook>): Connection {
  return {
    name,
    connector: 'crm',
    source: () => undefined,
    destination: () => undefined,
    test: async () => [],
    actions: [],
    action: () => undefined,
    signalFeeds: [],
    webhooks: [{ name: 'told', verify: () => true, parse: () => [erasure], answer: undefined, ...webhook }],
  }
}

async function receiver(webhooks: Readonly<Record<string, Partial<BoundWebhook> | Error>>) {
  const inbox = await openControlStore(':memory:', clock)
  const manifests = Object.keys(webhooks).map((name) =>
    connectionManifest.parse({ kind: 'connection', version: 1, name, connector: 'crm', config: {} }),
  )
  const receive = createWebhookReceiver({
    manifests: new Map(manifests.map((manifest) => [manifest.name, manifest])),
    async connect(name) {
      const webhook = webhooks[name] ?? {}
      if (webhook instanceof Error) throw webhook
      return connection(name, webhook)
    },
    inbox,
    publicUrl: 'https://hub.example.com',
    onKept: () => undefined,
    clock,
    logger: silentLogger,
  })
  return { inbox, receive: (name: string) => receive({ connection: name, webhook: 'told' }, message) }
}

describe('createWebhookReceiver', () => {
  it('lets the connector shape the answer around the hub’s own record of the request', async () => {
    const { inbox, receive } = await receiver({
      a: { answer: (_message, confirmation) => ({ status: 202, body: { ...confirmation } }) },
    })
    const code = inbox.codeOf({ connection: 'a', signal: erasure })
    const expected = { status: 202, body: { code, url: `https://hub.example.com/requests/${code}` } }
    expect(await receive('a')).toEqual(expected)
    expect(await receive('a')).toEqual(expected)
    expect(await inbox.signalState(code)).toBe('waiting')
  })

  it('has nothing to answer when a message concerns nobody', async () => {
    const { receive } = await receiver({
      a: { parse: () => [], answer: () => ({ status: 200, body: {} }) },
    })
    expect(await receive('a')).toBeUndefined()
  })

  it('takes a check that throws for a refusal', async () => {
    const { inbox, receive } = await receiver({
      a: {
        verify() {
          throw new TypeError('a check must not throw')
        },
      },
    })
    await expect(receive('a')).rejects.toMatchObject({ code: 'api.webhook_refused' })
    expect(await inbox.waitingSignals(1)).toEqual([])
  })

  it('takes a connection that cannot be opened for one that is not there', async () => {
    const { receive } = await receiver({ a: new TypeError('no token') })
    await expect(receive('a')).rejects.toMatchObject({ code: 'api.webhook_refused' })
    await expect(receive('b')).rejects.toMatchObject({ code: 'api.webhook_refused' })
  })

  it('keeps the signals of the accounts that can read a message, whatever another one lacks', async () => {
    const unreadable = {
      parse() {
        throw new TypeError('no account id')
      },
    }
    const { inbox, receive } = await receiver({ a: unreadable, b: {}, c: { verify: () => false } })
    expect(await receive('a')).toBeUndefined()
    expect((await inbox.waitingSignals(10)).map((told) => told.connection)).toEqual(['b'])
    const alone = await receiver({ a: unreadable })
    await expect(alone.receive('a')).rejects.toMatchObject({ code: 'api.webhook_unreadable' })
  })
})

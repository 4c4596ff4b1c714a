import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { startSandboxServer, type SandboxRequest } from '../../../../connectors/sandbox-kit/sandbox-server.ts'
import { webhooksConfig } from '../../../../connectors/webhooks/config.ts'
import { webhooksConnector } from '../../../../connectors/webhooks/connector.ts'
import { startWebhookReceiver } from '../../../../connectors/webhooks/sandbox/webhook-receiver.ts'
import { signMessage } from '../../../../connectors/webhooks/sign-message.ts'
import type { Clock } from '../../../../core/port/clock.ts'
import { createDirectCaller } from '../../../support/direct-caller.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`
const { signal } = new AbortController()

interface Secrets {
  readonly secret: string
  readonly previous_secret?: string
}

function connectTo(url: string, secrets: Secrets, clock: Clock) {
  const connection = webhooksConnector.connect(
    {
      connection: 'hooks',
      call: createDirectCaller(() => undefined),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '.',
    },
    { endpoints: { crm: { url: `${url}/hooks`, ...secrets } } },
  )
  const destination = connection.destination('endpoint')
  if (!destination) throw new Error('the connector has an endpoint')
  return { connection, destination }
}

async function aReceiver(secrets: Secrets, known: string) {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const receiver = await startWebhookReceiver({ clock, secret: known })
  return { ...connectTo(receiver.url, secrets, clock), receiver, clock }
}

/** Sends a message of each kind, so many milliseconds after now by the connector's clock. Gives them as they came. */
async function receiveOfEachKind(secrets: Secrets, later = 0): Promise<readonly SandboxRequest[]> {
  // The library reads the time of the machine.
  const clock = createFixedClock(Date.now() + later)
  const received: SandboxRequest[] = []
  const answer = (request: SandboxRequest) => {
    received.push(request)
    return { status: 200, body: { status: 'erased' } }
  }
  const server = await startSandboxServer({
    clock,
    routes: [{ method: 'POST', pattern: /^\/hooks$/, answer }],
  })
  const { connection, destination } = connectTo(server.url, secrets, clock)
  const audience = { externalId: 'crm', name: 'crm' }
  const records = [{ fields: { email: 'zoë@example.com', city: 'Besançon “😀”\n\u2028' } }]
  await destination.add({ audience, records, signal })
  await destination.remove?.({ audience, records, signal })
  await connection.erase?.({ keys: [], sent: records.map(({ fields }) => fields) })
  await connection.test()
  await server.close()
  return received
}

const isProven = (secret: string, { text, headers }: SandboxRequest): boolean => {
  try {
    new Webhook(secret).verify(text, { ...headers })
    return true
  } catch {
    return false
  }
}

describe('outgoing webhooks', () => {
  it("signs as Standard Webhooks' own example does", () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
    const headers = signMessage(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' },
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      1_614_265_330_000,
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('is proven by the old secret and by the new one while a receiver changes over', async () => {
    for (const known of [secretOf(1), secretOf(2)]) {
      const { receiver, destination } = await aReceiver(
        { secret: secretOf(2), previous_secret: secretOf(1) },
        known,
      )
      const outcomes = await destination.add({
        audience: { externalId: 'crm', name: 'crm' },
        records: [{ fields: { user_id: 'u1' } }],
        signal,
      })
      expect([outcomes, receiver.members('crm')]).toEqual([[{ status: 'applied' }], ['u1']])
      await receiver.close()
    }
  })

  it('sends the same batch again under the same ids, and a later entry under another', async () => {
    const { receiver, destination, clock } = await aReceiver({ secret: secretOf(1) }, secretOf(1))
    const request = {
      audience: { externalId: 'crm', name: 'crm' },
      records: [{ fields: { user_id: 'u1' } }],
      signal,
    }
    await destination.add({ ...request, batch: 'run-1/0' })
    clock.advance(60_000)
    await destination.add({ ...request, batch: 'run-1/0' })
    await destination.remove?.({ ...request, batch: 'run-2/0' })
    await destination.add({ ...request, batch: 'run-3/0' })
    const [first, again, left, back] = receiver.ids
    expect(again).toBe(first)
    expect(new Set([first, left, back]).size).toBe(3)
    expect(receiver.ledger.map(({ operation }) => operation)).toEqual([
      'audience.entered',
      'audience.exited',
      'audience.entered',
    ])
    await receiver.close()
  })

  it('takes neither a redirect nor a receiver that is gone for a delivery', async () => {
    const { receiver, destination } = await aReceiver({ secret: secretOf(1) }, secretOf(1))
    const request = {
      audience: { externalId: 'crm', name: 'crm' },
      records: [{ fields: { user_id: 'u1' } }],
      signal,
    }
    receiver.faults.add({ kind: 'reply', reply: { status: 302, headers: { location: '/elsewhere' } } })
    await expect(destination.add(request)).rejects.toMatchObject({ code: 'platform.invalid_request' })
    receiver.faults.add({ kind: 'reply', reply: { status: 410 } })
    await expect(destination.add(request)).rejects.toMatchObject({ code: 'platform.audience_unusable' })
    expect(receiver.requests).toHaveLength(2)
    await receiver.close()
  })

  it('counts an erasure only when the receiver says so', async () => {
    const { receiver, destination, connection } = await aReceiver({ secret: secretOf(1) }, secretOf(1))
    const records = [{ fields: { email: 'ada@example.com' } }]
    await destination.add({ audience: { externalId: 'crm', name: 'crm' }, records, signal })
    const person = { keys: [], sent: [{ email: 'ada@example.com' }] }
    expect(await connection.erase?.(person)).toMatchObject({ status: 'erased' })
    expect(await connection.erase?.(person)).toMatchObject({ status: 'not_found' })
    receiver.faults.add({ kind: 'reply', reply: { status: 204 } })
    await expect(connection.erase?.(person)).rejects.toMatchObject({ code: 'platform.unreadable_answer' })
    await receiver.close()
  })

  it("of each kind is proven by Standard Webhooks' own library, by both secrets while one is changed", async () => {
    const [old, now, other] = [1, 2, 3].map(secretOf) as [string, string, string]
    const phases: readonly (readonly [Secrets, readonly boolean[]])[] = [
      [{ secret: old }, [true, false, false]],
      [{ secret: now, previous_secret: old }, [true, true, false]],
      [{ secret: now }, [false, true, false]],
    ]
    for (const [secrets, proven] of phases) {
      const received = await receiveOfEachKind(secrets)
      expect(received.map(({ body }) => (body as { type: string }).type)).toEqual([
        'audience.entered',
        'audience.exited',
        'person.erased',
        'affluent.test',
      ])
      for (const request of received)
        expect([old, now, other].map((secret) => isProven(secret, request))).toEqual(proven)
    }
  })

  it("is refused by Standard Webhooks' own library when anything in it was altered, and from another time", async () => {
    const [request] = await receiveOfEachKind({ secret: secretOf(1) })
    if (!request) throw new Error('nothing was received')
    const { text, headers } = request
    const altered: readonly SandboxRequest[] = [
      { ...request, text: text.replace('entered', 'exited') },
      { ...request, text: `${text} ` },
      { ...request, text: JSON.stringify(request.body, null, 1) },
      { ...request, headers: { ...headers, 'webhook-id': `${headers['webhook-id']}x` } },
      {
        ...request,
        headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
      },
      { ...request, headers: { ...headers, 'webhook-signature': 'v1,' } },
    ]
    expect([request, ...altered].map((one) => isProven(secretOf(1), one))).toEqual([
      true,
      ...altered.map(() => false),
    ])
    for (const later of [-360_000, 360_000]) {
      const stale = await receiveOfEachKind({ secret: secretOf(1) }, later)
      expect(stale.map((one) => isProven(secretOf(1), one))).toEqual(stale.map(() => false))
    }
  })

  it.each(['whsec_short', 'no-prefix', `whsec_${'!'.repeat(40)}`])('refuses the secret %s', (secret) => {
    const config = { endpoints: { crm: { url: 'https://example.com', secret } } }
    expect(webhooksConfig.safeParse(config).success).toBe(false)
  })
})

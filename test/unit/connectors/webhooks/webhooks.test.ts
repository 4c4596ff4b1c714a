import { describe, expect, it } from 'vitest'
import { webhooksConfig } from '../../../../connectors/webhooks/config.ts'
import { webhooksConnector } from '../../../../connectors/webhooks/connector.ts'
import { startWebhookReceiver } from '../../../../connectors/webhooks/sandbox/webhook-receiver.ts'
import { signMessage } from '../../../../connectors/webhooks/sign-message.ts'
import { createDirectCaller } from '../../../support/direct-caller.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`
const { signal } = new AbortController()

async function aReceiver(secrets: { secret: string; previous_secret?: string }, known: string) {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const receiver = await startWebhookReceiver({ clock, secret: known })
  const connection = webhooksConnector.connect(
    {
      connection: 'hooks',
      call: createDirectCaller(() => undefined),
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '.',
    },
    { endpoints: { crm: { url: `${receiver.url}/hooks`, ...secrets } } },
  )
  const destination = connection.destination('endpoint')
  if (!destination) throw new Error('the connector has an endpoint')
  return { receiver, destination, connection, clock }
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

  it.each(['whsec_short', 'no-prefix', `whsec_${'!'.repeat(40)}`])('refuses the secret %s', (secret) => {
    const config = { endpoints: { crm: { url: 'https://example.com', secret } } }
    expect(webhooksConfig.safeParse(config).success).toBe(false)
  })
})

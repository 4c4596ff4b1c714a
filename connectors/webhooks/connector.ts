import { z } from 'zod'
import { defineConnector, type ErasureOutcome, type PersonToErase } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { postMessage, webhooksBudgets, webhooksVersion, type WebhooksContext } from './client.ts'
import { webhooksConfig } from './config.ts'
import { endpoint } from './destinations/endpoint.ts'
import { toMessage } from './to-message.ts'

/** Tells your own systems who enters a segment and who leaves it, in messages signed by Standard Webhooks. */
export const webhooksConnector = defineConnector({
  slug: 'webhooks',
  title: 'Outgoing webhooks (Standard Webhooks)',
  apiVersion: webhooksVersion,
  config: webhooksConfig,
  auth: { kind: 'static_token', description: 'One secret for each receiver; messages are signed with it.' },
  budgets: webhooksBudgets,
  sources: [],
  destinations: [endpoint],
  async test(context) {
    const checks = []
    for (const [name, target] of Object.entries(context.config.endpoints)) {
      const at = context.clock.now()
      const message = toMessage({ type: 'affluent.test', data: {}, at, order: `test ${at}` })
      const fault = await postMessage(context, target, { act: 'testing a receiver', message }).then(
        () => undefined,
        (thrown: unknown) => toAffluentError(thrown, 'testing a receiver').code,
      )
      const remedy =
        'Check the address and the secret; the receiver must answer with a status from 200 to 299.'
      checks.push({ name: `${name} takes messages`, ok: fault === undefined, ...(fault && { remedy }) })
    }
    return checks
  },
  erase: erasePerson,
})

/** A promise to erase must be given in words: that a message was taken is not that it was carried out. */
const erasureAnswer = z.object({ status: z.enum(['erased', 'not_found']) })

async function erasePerson(context: WebhooksContext, { keys, sent }: PersonToErase): Promise<ErasureOutcome> {
  const people = sent.map((fields) => z.record(z.string(), z.json()).parse(fields))
  const data: Readonly<Record<string, JsonValue>> = { keys, people }
  let erased = 0
  for (const target of Object.values(context.config.endpoints)) {
    const at = context.clock.now()
    const message = toMessage({ type: 'person.erased', data, at, order: 'erasure' })
    const isReadable = ({ body }: { readonly body: unknown }): boolean =>
      erasureAnswer.safeParse(body).success
    const { body } = await postMessage(context, target, { act: 'erasing a person', message, isReadable })
    if (erasureAnswer.parse(body).status === 'erased') erased += 1
  }
  return erased === 0
    ? { status: 'not_found', message: 'No receiver holds this person.' }
    : { status: 'erased', message: `${erased} receivers erased this person.` }
}

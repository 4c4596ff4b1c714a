import { z } from 'zod'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import type { HubspotRequest } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { redact } from '../redact.ts'
import { batchSize } from './batch-write.ts'
import { rejected } from './draft.ts'
import { eachChunk } from './each-chunk.ts'
import { consentPath } from './subscriptions.ts'

/** Id that stands for all subscriptions together. */
export const allSubscriptions = 'all'

/** What is left, and until when. */
export interface Unsubscription {
  /** A subscription type's id, or `allSubscriptions`. */
  readonly subscription: string
  readonly signal: AbortSignal
}

type Outcomes = Map<string, Outcome>
type Wire = Pick<HubspotRequest<z.ZodType>, 'path' | 'body' | 'query'>

const batchAnswer = z.object({
  results: z.array(z.object({ subscriberIdString: z.string() })),
  errors: z
    .array(
      z.object({
        message: z.string().default(''),
        context: z.record(z.string(), z.array(z.string())).default({}).catch({}),
      }),
    )
    .default([]),
})

/** Connections whose account lacks the batch calls (below Marketing Hub Enterprise), found out by their refusal. */
const withoutBatch = new WeakSet<HubspotContext>()

/** Unsubscribes addresses, by hundreds where the account may, else one by one; tells the outcome of each. */
export async function unsubscribe(
  context: HubspotContext,
  order: Unsubscription,
  emails: readonly string[],
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map()
  if (!withoutBatch.has(context))
    await eachChunk(emails, batchSize, async (chunk) => {
      for (const [email, outcome] of await writeChunk(context, order, chunk)) outcomes.set(email, outcome)
    })
  const open = emails.filter((email) => !outcomes.has(email))
  await eachChunk(open, 1, async ([email = '']) => {
    outcomes.set(email, await writeOne(context, order, email))
  })
  return outcomes
}

/** Outcomes of those that the answer speaks of; empty when the batch call is not for this account or was refused as a whole. */
async function writeChunk(
  context: HubspotContext,
  order: Unsubscription,
  emails: readonly string[],
): Promise<Outcomes> {
  if (withoutBatch.has(context)) return new Map()
  try {
    const { results, errors } = await post(
      context,
      order,
      { ...toBatch(order, emails), sent: emails },
      batchAnswer,
    )
    const outcomes: Outcomes = new Map()
    for (const { subscriberIdString } of results) outcomes.set(subscriberIdString.toLowerCase(), applied)
    for (const { message, context: named } of errors)
      for (const email of named['subscriberIdString'] ?? [])
        outcomes.set(email.toLowerCase(), rejected('refused_by_platform', redact(message, emails)))
    return outcomes
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    if (error.code === 'platform.permission_missing') withoutBatch.add(context)
    else if (error.code !== 'platform.batch_refused') throw error
    return new Map()
  }
}

/** Consent has no key of its own: outcomes carry none. */
const applied: Outcome = { status: 'applied' }

async function writeOne(context: HubspotContext, order: Unsubscription, email: string): Promise<Outcome> {
  try {
    await post(context, order, { ...toSingle(order, email), sent: [email] }, z.looseObject({}))
    return applied
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.batch_refused') throw error
    return rejected('refused_by_platform', String(error.params['said'] ?? ''))
  }
}

function post<Answer extends z.ZodType>(
  context: HubspotContext,
  { signal }: Unsubscription,
  wire: Wire & { readonly sent: readonly string[] },
  answer: Answer,
): Promise<z.output<Answer>> {
  return callHubspot(context, {
    ...wire,
    act: 'unsubscribing people from e-mail',
    method: 'POST',
    answer,
    // Published as safe to repeat: the same status is set again.
    repeatable: true,
    codes: { 400: 'platform.batch_refused', 404: 'platform.batch_refused' },
    signal,
  })
}

const channel = 'EMAIL'
const status = (subscription: string) => ({
  subscriptionId: Number(subscription),
  statusState: 'UNSUBSCRIBED',
  channel,
})

function toBatch({ subscription }: Unsubscription, emails: readonly string[]): Wire {
  const path = `${consentPath}/statuses/batch`
  if (subscription === allSubscriptions)
    return { path: `${path}/unsubscribe-all`, query: { channel }, body: { inputs: emails } }
  return {
    path: `${path}/write`,
    body: { inputs: emails.map((email) => ({ subscriberIdString: email, ...status(subscription) })) },
  }
}

function toSingle({ subscription }: Unsubscription, email: string): Wire {
  const path = `${consentPath}/statuses/${encodeURIComponent(email)}`
  return subscription === allSubscriptions
    ? { path: `${path}/unsubscribe-all`, query: { channel } }
    : { path, body: status(subscription) }
}

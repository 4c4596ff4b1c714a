import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import type { ConsentStore } from './consent-store.ts'
import { invalid } from './hubspot-error.ts'
import { largestBatch, multiStatus, type InputError } from './multi-status.ts'

const prefix = String.raw`/communication-preferences/(?:2026-03|2026-09)`
const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)

const statusState = z.enum(['SUBSCRIBED', 'UNSUBSCRIBED', 'NOT_SPECIFIED'])
const statusBody = z.object({ subscriptionId: z.int(), statusState, channel: z.literal('EMAIL') })
const batchBody = z.object({
  inputs: z.array(statusBody.extend({ subscriberIdString: z.string() })),
})
const addressesBody = z.object({ inputs: z.array(z.string()) })

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${prefix}${path}$`),
  answer,
})
/** Subscription types and statuses, by e-mail address (chapter 1.7). */
export function consentRoutes(consents: ConsentStore): SandboxRoute[] {
  return [
    route('GET', '/definitions', () => multiStatus(consents.types, [])),
    route('POST', '/statuses/batch/write', ({ body }) => writeBatch(consents, body)),
    route('POST', '/statuses/batch/unsubscribe-all', ({ body, query }) =>
      query.get('channel') === 'EMAIL' ? unsubscribeBatch(consents, body) : invalid('channel must be EMAIL'),
    ),
    route('POST', '/statuses/(?<email>[^/]+)/unsubscribe-all', ({ params, query }) => {
      const email = decodeURIComponent(params['email'] ?? '')
      if (query.get('channel') !== 'EMAIL') return invalid('channel must be EMAIL')
      if (!isEmail(email)) return invalid('The address is not valid', 'INVALID_EMAIL')
      consents.unsubscribeAll(email)
      return multiStatus([], [])
    }),
    route('POST', '/statuses/(?<email>[^/]+)', ({ params, body }) => {
      const parsed = statusBody.safeParse(body)
      if (!parsed.success) return invalid('Invalid input JSON')
      const subscriberIdString = decodeURIComponent(params['email'] ?? '')
      const done = write(consents, { ...parsed.data, subscriberIdString })
      return isRefused(done) ? invalid(done.message) : multiStatus([done], [])
    }),
  ]
}

type StatusInput = z.output<typeof batchBody>['inputs'][number]

interface Done {
  readonly subscriberIdString: string
  readonly subscriptionId: number
  readonly status: string
  readonly channel: 'EMAIL'
  readonly setStatusSuccessReason: string
}
type Written = InputError | Done

const isRefused = (part: Written): part is InputError => 'category' in part

function write(consents: ConsentStore, input: StatusInput): Written {
  const { subscriberIdString, subscriptionId, statusState: wanted } = input
  const refuse = (message: string): InputError => ({
    status: 'error',
    category: 'VALIDATION_ERROR',
    message,
    context: { subscriberIdString: [subscriberIdString] },
  })
  if (!isEmail(subscriberIdString)) return refuse('The address is not valid')
  if (!consents.types.some(({ id }) => id === String(subscriptionId))) return refuse('No such subscription')
  const result = consents.set(subscriberIdString, String(subscriptionId), wanted)
  if (result === 'refused') return refuse('The contact unsubscribed and cannot be resubscribed')
  return {
    subscriberIdString,
    subscriptionId,
    status: wanted,
    channel: 'EMAIL',
    setStatusSuccessReason: result === 'changed' ? 'REQUESTED_CHANGE_OCCURRED' : 'NO_STATUS_CHANGE',
  }
}

function writeBatch(consents: ConsentStore, body: unknown): SandboxReply {
  const parsed = batchBody.safeParse(body)
  if (!parsed.success || parsed.data.inputs.length > largestBatch) return invalid('Invalid input JSON')
  const done = parsed.data.inputs.map((input) => write(consents, input))
  return multiStatus(
    done.filter((part) => !isRefused(part)),
    done.filter(isRefused),
  )
}

function unsubscribeBatch(consents: ConsentStore, body: unknown): SandboxReply {
  const parsed = addressesBody.safeParse(body)
  if (!parsed.success || parsed.data.inputs.length > largestBatch) return invalid('Invalid input JSON')
  const errors: InputError[] = []
  const results = parsed.data.inputs.flatMap((email) => {
    if (isEmail(email)) {
      consents.unsubscribeAll(email)
      return [{ subscriberIdString: email, statuses: [] }]
    }
    errors.push({
      status: 'error',
      category: 'VALIDATION_ERROR',
      message: 'The address is not valid',
      context: { subscriberIdString: [email] },
    })
    return []
  })
  return multiStatus(results, errors)
}

import type {
  Audience,
  Destination,
  DestinationRecord,
  WantedAudience,
  WriteRequest,
} from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { postMessage, type WebhooksContext } from '../client.ts'
import type { Endpoint, WebhooksConfig } from '../config.ts'
import { refusedMessage, wordsOf } from '../errors.ts'
import { toMessage } from '../to-message.ts'

/** Messages after which the hub writes its books. */
const recordsPerBatch = 100

const fields = {
  user_id: { type: 'text', description: 'Your own id of the person.', matches: 'platform_id' },
  email: { type: 'text', description: 'E-mail address.', matches: 'email' },
  phone: { type: 'text', description: 'Phone number.', matches: 'phone' },
} as const

/** A receiver that is told, one message a person, who entered a segment and who left it. */
export const endpoint: Destination<WebhooksConfig> = {
  kind: 'endpoint',
  description: 'A web address that is told who enters and who leaves, by Standard Webhooks.',
  capabilities: { remove: true, update: true, repeatable: true },
  fields,
  openFields: true,
  recordsPerBatch,
  callsPerBatch: (records) => records,
  find: (context, wanted) => Promise.resolve(findEndpoint(context, wanted)),
  add: (context, request) => tell(context, request, 'audience.entered'),
  remove: (context, request) => tell(context, request, 'audience.exited'),
}

function findEndpoint(
  { config }: WebhooksContext,
  { name, externalId = name }: WantedAudience,
): Audience | null {
  return Object.hasOwn(config.endpoints, externalId) ? { externalId, name: externalId } : null
}

async function tell(
  context: WebhooksContext,
  request: WriteRequest,
  type: 'audience.entered' | 'audience.exited',
): Promise<readonly Outcome[]> {
  const { audience, records, signal } = request
  const target = requireEndpoint(context, audience)
  const at = context.clock.now()
  const outcomes: Outcome[] = []
  for (const record of records) {
    signal.throwIfAborted()
    if (!namesSomebody(record)) {
      outcomes.push(missing)
      continue
    }
    const data = { audience: audience.name, person: record.fields }
    const message = toMessage({ type, data, at, order: request.batch ?? String(at) })
    const act = type === 'audience.entered' ? 'telling who entered' : 'telling who left'
    const { status, body } = await postMessage(context, target, { act, message, accept: refusedMessage })
    outcomes.push(refusedMessage.includes(status) ? toRejected(body) : { status: 'applied' })
  }
  return outcomes
}

const missing: Outcome = {
  status: 'rejected',
  reason: { code: 'missing_identifier', message: 'Neither user_id nor email nor phone has a value.' },
}

const toRejected = (body: unknown): Outcome => ({
  status: 'rejected',
  reason: { code: 'refused_by_receiver', message: toSaid(wordsOf(body)) },
})

function namesSomebody({ fields: given }: DestinationRecord): boolean {
  return Object.keys(fields).some((name) => typeof given[name] === 'string' && given[name] !== '')
}

function requireEndpoint({ config }: WebhooksContext, { externalId }: Audience): Endpoint {
  const target = Object.hasOwn(config.endpoints, externalId) ? config.endpoints[externalId] : undefined
  if (!target)
    throw new PlatformError('platform.audience_unusable', { act: 'finding the receiver', name: externalId })
  return target
}

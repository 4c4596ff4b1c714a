import { z } from 'zod'
import type { WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome, Reason } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import { PlatformError, toAffluentError, type AffluentError } from '../../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { postPlain, type PlainCall } from '../client.ts'
import type { Ga4Context } from '../config.ts'
import { endpointsOf } from '../endpoints.ts'
import { toGoogleError } from '../errors.ts'
import {
  segmentEvents,
  toEventPayload,
  type CheckedPayload,
  type EventPayload,
  type SegmentOperation,
} from './event-payload.ts'
import { toSegmentProperty } from './segment-property.ts'

/**
 * Sends one event for each record: all events of a request belong to one person. One outcome per record, in order. The Measurement
 * Protocol answers 204 to everything, also to a wrong secret, so `applied` says only that Google took the request.
 */
export async function sendEvents(
  context: Ga4Context,
  request: WriteRequest,
  operation: SegmentOperation,
): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const stream = streamOf(context)
  const property = toSegmentProperty(context, request.audience.externalId, 'sending events')
  const checked = request.records.map((record) =>
    toEventPayload(record, {
      operation,
      property,
      segment: request.audience.name,
      isApp: stream.isApp,
      now: context.clock.now(),
    }),
  )
  const first = checked.find((each) => 'value' in each)
  if (!first || !('value' in first)) return checked.map((each) => toRejected(each))
  await validateOnce(context, stream, { operation, request, body: first.value })
  const sent = await Promise.allSettled(
    checked.map(async (each) => {
      if ('value' in each)
        await collect(context, stream, { operation, body: each.value, signal: request.signal })
    }),
  )
  const errors = sent.map((each) =>
    each.status === 'rejected' ? toAffluentError(each.reason, 'sending events') : undefined,
  )
  throwSharedRefusal(
    checked.map((each) => 'value' in each),
    errors,
  )
  return checked.map((each, index) => ('reason' in each ? toRejected(each) : toOutcome(errors[index])))
}

const notSent: Reason = { code: 'not_sent', message: 'The record was not part of any request.' }

function toRejected(checked: CheckedPayload): Outcome {
  return { status: 'rejected', reason: 'reason' in checked ? checked.reason : notSent }
}

/** When nothing went through and nothing is in doubt, the whole batch was refused and the engine must know why. */
function throwSharedRefusal(
  sendable: readonly boolean[],
  errors: readonly (AffluentError | undefined)[],
): void {
  const own = errors.filter((_, index) => sendable[index] === true)
  const [first] = own
  if (first && own.every((error) => error !== undefined && !isInDoubt(error))) throw first
}

function toOutcome(error: AffluentError | undefined): Outcome {
  if (!error) return { status: 'applied' }
  const code = error.code.replace(/^.*\./, '')
  const message = isInDoubt(error)
    ? 'No answer came: the event may have been recorded. It is not sent again by itself.'
    : 'The request was refused.'
  return { status: isInDoubt(error) ? 'unknown' : 'failed', reason: { code, message } }
}

/** A refusal that was spoken was not carried out; a broken connection, or a page in place of the answer, leaves it open. */
function isInDoubt(error: AffluentError): boolean {
  if (!(error instanceof PlatformError)) return true
  if (error.code === 'platform.transient') return error.cause !== undefined
  return doubtful.some((code) => code === error.code)
}

const doubtful = ['platform.timed_out', 'platform.unreadable_answer', 'platform.answer_too_large'] as const

/** Where events go. */
interface EventStream {
  readonly isApp: boolean
  readonly query: string
}

function streamOf({ config }: Ga4Context): EventStream {
  const { measurement_id: web, firebase_app_id: app, measurement_api_secret: secret } = config
  if ((web === undefined && app === undefined) || secret === undefined)
    throw new PlatformError('platform.invalid_request', {
      act: 'sending events',
      said: 'the connection has no measurement_id or firebase_app_id, or no measurement_api_secret',
    })
  const id: Record<string, string> =
    app === undefined ? { measurement_id: web ?? '' } : { firebase_app_id: app }
  return {
    isApp: app !== undefined,
    query: new URLSearchParams({ ...id, api_secret: secret }).toString(),
  }
}

interface Sending {
  readonly operation: SegmentOperation
  readonly body: EventPayload
  readonly signal: AbortSignal
}

async function collect(context: Ga4Context, stream: EventStream, sending: Sending): Promise<void> {
  const act = `sending ${segmentEvents[sending.operation]} events`
  await postPlain(context, {
    ...toCall(context, stream, { ...sending, path: '/mp/collect' }),
    act,
    // Google keeps no message ids: an event that is sent twice counts twice.
    repeatable: false,
    classify: (reply) => classifyCollect(reply, act, context.clock.now()),
  })
}

function toCall(
  context: Ga4Context,
  stream: EventStream,
  sending: { readonly path: string; readonly body: EventPayload; readonly signal: AbortSignal },
): Omit<PlainCall, 'act' | 'repeatable' | 'classify'> {
  return {
    budget: 'measurement_requests',
    url: `${endpointsOf(context.config).measurement}${sending.path}?${stream.query}`,
    contentType: 'application/json',
    body: JSON.stringify(sending.body),
    signal: sending.signal,
  }
}

/** Any empty answer with a 2xx status is what Google always gives; a page with one comes from somebody else. */
function classifyCollect(reply: PlatformReply, act: string, now: number): PlatformError | undefined {
  const error = toGoogleError(reply, { act, now })
  if (error) return error
  return reply.body === ''
    ? undefined
    : new PlatformError('platform.unreadable_answer', { act, status: reply.status })
}

const debugAnswer = z.object({
  validationMessages: z.array(
    z.object({
      fieldPath: z.string().default(''),
      description: z.string().default(''),
      validationCode: z.string().default(''),
    }),
  ),
})

/** A validation holds for an hour: one for each run, and again when a process lives for days. */
const validForMs = 3_600_000
const validated = new WeakMap<object, Map<string, number>>()

interface Validation {
  readonly operation: SegmentOperation
  readonly request: WriteRequest
  readonly body: EventPayload
}

/** Asks the debug endpoint, which records nothing, before the first event of a segment is sent. Throws `platform.invalid_request`. */
async function validateOnce(context: Ga4Context, stream: EventStream, validation: Validation): Promise<void> {
  const times = validated.get(context) ?? new Map<string, number>()
  validated.set(context, times)
  const key = `${validation.operation} ${validation.request.audience.externalId}`
  const last = times.get(key)
  if (last !== undefined && context.clock.now() - last < validForMs) return
  const act = 'validating events'
  const body = { ...validation.body, validation_behavior: 'ENFORCE_RECOMMENDATIONS' }
  const reply = await postPlain(context, {
    ...toCall(context, stream, { body, path: '/debug/mp/collect', signal: validation.request.signal }),
    act,
    repeatable: true,
    classify: (answer) =>
      toGoogleError(answer, { act, now: context.clock.now() }) ??
      (debugAnswer.safeParse(answer.body).success
        ? undefined
        : new PlatformError('platform.unreadable_answer', { act, status: answer.status })),
  })
  const { validationMessages } = debugAnswer.parse(reply.body)
  const [fault] = validationMessages
  if (fault)
    throw new PlatformError('platform.invalid_request', {
      act,
      reason: fault.validationCode.slice(0, 60),
      names: validationMessages
        .map(({ fieldPath }) => fieldPath)
        .join(', ')
        .slice(0, 200),
      said: toSaid(fault.description),
    })
  times.set(key, context.clock.now())
}

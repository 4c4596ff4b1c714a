import { isEventCall, type EventCall } from '../manifest/event-streams.ts'
import type { JsonObject, JsonValue } from '../port/json.ts'
import { isJsonObject } from '../profile/read-field.ts'
import { correctTime, type EventTime } from './correct-time.ts'
import { findHostility, type Hostility } from './find-hostility.ts'

/** Why an event is set aside. Its neighbours are not harmed. */
type EventRefusal =
  | Hostility
  | 'no_batch'
  | 'no_object'
  | 'too_large'
  | 'unknown_call'
  | 'invalid_message_id'
  | 'nobody'
  | 'no_name'
  | 'unreadable_time'
  | 'hostile_clock'

/** One call as it was taken from a client. */
export interface TakenCall {
  /** "track", "batch" …: what the address named. */
  readonly route: string
  readonly body: JsonValue
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

/** An event that is taken. */
export interface ReadEvent {
  readonly kind: 'event'
  readonly call: EventCall
  /** As the client named it; undefined when it did not, so nothing can tell a repetition. */
  readonly messageId: string | undefined
  readonly time: EventTime
  /** The event as it was told, with what its batch tells for all of them. */
  readonly content: JsonObject
}

/** An event that is not taken; `raw` is its JSON, cut. */
export interface RefusedEvent {
  readonly kind: 'refused'
  readonly call: EventCall | undefined
  readonly reason: EventRefusal
  readonly raw: string
}

/** An event whose `integrations` say that it is not for us. */
interface DeclinedEvent {
  readonly kind: 'declined'
}

export type CalledEvent = ReadEvent | RefusedEvent | DeclinedEvent

/** Bytes of one event's JSON: Segment's own limit (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#max-request-size). */
const mostBytes = 32_768
const longestMessageId = 300
const mostRaw = 65_536
const ownName = 'Affluent'

/** Reads the events of a call, one result each, in order. Never throws, whatever the JSON is. */
export function readEventCall({ route, body, receivedAt }: TakenCall): CalledEvent[] {
  if (!isJsonObject(body)) return [refuse(body, 'no_object', undefined)]
  if (route !== 'batch' && route !== 'import') return [readEvent(body, { route, receivedAt, common: {} })]
  const { batch } = body
  if (!isList(batch)) return [refuse(body, 'no_batch', undefined)]
  const common = pick(body, ['context', 'integrations', 'sentAt'])
  return batch.map((event) => readEvent(event, { route: undefined, receivedAt, common }))
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

interface CallFrame {
  /** The call, where the address names it. */
  readonly route: string | undefined
  readonly receivedAt: number
  /** What the batch tells for all its events. */
  readonly common: JsonObject
}

function readEvent(event: JsonValue, { route, receivedAt, common }: CallFrame): CalledEvent {
  if (!isJsonObject(event)) return refuse(event, 'no_object', undefined)
  const named = route ?? event['type']
  const call = isEventCall(named) ? named : undefined
  const content = join(event, common)
  const unfit = findHostility(content) ?? (isTooLarge(content) ? 'too_large' : undefined)
  if (unfit) return refuse(event, unfit, call)
  if (!call) return refuse(event, 'unknown_call', call)
  if (isDeclined(content['integrations'])) return { kind: 'declined' }
  const reason = findFault(call, content)
  if (reason) return refuse(event, reason, call)
  const timestamp = content['timestamp'] ?? content['originalTimestamp']
  const time = correctTime({ timestamp, sentAt: content['sentAt'], receivedAt })
  if (typeof time === 'string') return refuse(event, time, call)
  return { kind: 'event', call, messageId: textOf(content['messageId']), time, content }
}

/** What an event tells itself outranks what its batch tells; of `context`, key by key. */
function join(event: JsonObject, common: JsonObject): JsonObject {
  const own = event['context']
  const shared = common['context']
  const context = isJsonObject(own) && isJsonObject(shared) ? { context: { ...shared, ...own } } : {}
  return { ...common, ...event, ...context }
}

const pick = (body: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])))

/** https://segment.com/docs/guides/filtering-data/#filtering-with-the-integrations-object: one's own name outranks "All". */
function isDeclined(integrations: JsonValue | undefined): boolean {
  if (!isJsonObject(integrations)) return false
  return (integrations[ownName] ?? integrations['All']) === false
}

function findFault(call: EventCall, content: JsonObject): EventRefusal | undefined {
  const has = (name: string): boolean => textOf(content[name]) !== undefined
  if (!isUsableId(content['messageId'])) return 'invalid_message_id'
  if (call === 'alias') return has('userId') && has('previousId') ? undefined : 'nobody'
  if (!has('userId') && !has('anonymousId')) return 'nobody'
  const name = nameOf[call]
  return name === undefined || has(name) ? undefined : 'no_name'
}

/** What a call must name beside the person. */
const nameOf: Readonly<Partial<Record<EventCall, string>>> = { track: 'event', group: 'groupId' }

/** True for an id that can name a record, and for none. */
function isUsableId(id: JsonValue | undefined): boolean {
  if (id === undefined || id === null) return true
  const text = textOf(id)
  return text !== undefined && text.length <= longestMessageId && !text.includes('\0')
}

/** An id as a text: clients also write numbers. Undefined where there is none. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A UTF-16 unit takes three bytes of UTF-8 at most, so most events are not encoded for this. */
function isTooLarge(event: JsonObject): boolean {
  const text = JSON.stringify(event)
  return text.length * 3 > mostBytes && new TextEncoder().encode(text).byteLength > mostBytes
}

function refuse(event: JsonValue, reason: EventRefusal, call: EventCall | undefined): RefusedEvent {
  return { kind: 'refused', call, reason, raw: toRaw(event) }
}

/** Empty for what is nested deeper than the engine's stack. */
function toRaw(event: JsonValue): string {
  try {
    return JSON.stringify(event).slice(0, mostRaw)
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}

import type { DestinationField, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Reason } from '../../../core/connector/outcome.ts'
import type { JsonObject, JsonValue } from '../../../core/port/json.ts'
import { findPersonalData } from '../personal-data.ts'
import { eventLimits, isUserPropertyName } from './event-limits.ts'

/** Names of the events: a person came into the segment, a person left it. */
export const segmentEvents = { add: 'segment_entered', remove: 'segment_exited' } as const
export type SegmentOperation = keyof typeof segmentEvents

/** Values of the segment's user property. */
const segmentStates = { add: 'in', remove: 'out' } as const

/** Fields that a manifest may fill. Every other field is a user property of that name. */
export const eventFields = {
  client_id: {
    type: 'text',
    description: "The visitor's id in the Google tag's cookie, for web streams.",
    matches: 'platform_id',
  },
  app_instance_id: {
    type: 'text',
    description: 'Id of the app installation (32 hexadecimal digits), for app streams.',
    matches: 'platform_id',
  },
  user_id: {
    type: 'text',
    description:
      'The pseudonymous id that the site hands to its Google tag as user_id. Never an e-mail address.',
    matches: 'other',
  },
  session_id: { type: 'text', description: 'Session that the event belongs to: digits.' },
  occurred_at: { type: 'datetime', description: 'When it happened, at most 72 hours ago. Absent: now.' },
  ad_user_data_consent: {
    type: 'boolean',
    tellsConsent: true,
    description: 'Consent to send user data to Google for ads: true, or a consent.',
  },
  ad_personalization_consent: {
    type: 'boolean',
    tellsConsent: true,
    description: 'Consent to personalised ads: true, or a consent.',
  },
} as const satisfies Readonly<Record<string, DestinationField>>

/** What all records of a batch have in common. */
export interface EventFrame {
  readonly operation: SegmentOperation
  /** User property of the segment, and its name for people. */
  readonly property: string
  readonly segment: string
  readonly isApp: boolean
  /** Epoch milliseconds. */
  readonly now: number
}

/** The body of one request: all events of a request belong to one person, so a record is a request. */
export type EventPayload = JsonObject

/** A body that may be sent, or why it must not be. */
export type CheckedPayload = Checked<EventPayload>
type Checked<Value> = { readonly value: Value } | { readonly reason: Reason }

const refuse = (code: string, message: string): { readonly reason: Reason } => ({ reason: { code, message } })

/** The request body of one record, or why it must not be sent. Reasons name the field, never the value. */
export function toEventPayload(record: DestinationRecord, frame: EventFrame): CheckedPayload {
  const fields = Object.entries(record.fields).filter(([, value]) => value !== null && value !== '')
  const personal = findPersonal(fields, frame)
  if (personal) return personal
  const told = new Map(fields)
  const person = toPerson(told, frame)
  if ('reason' in person) return person
  const properties = toUserProperties(fields, frame)
  if ('reason' in properties) return properties
  const time = toTimestamp(told.get('occurred_at'), frame.now)
  if ('reason' in time) return time
  const consent = toConsent(told)
  const body: EventPayload = {
    ...person.value,
    ...time.value,
    user_properties: properties.value,
    ...(consent !== undefined && { consent }),
    events: [
      {
        name: segmentEvents[frame.operation],
        params: {
          segment: frame.segment.slice(0, eventLimits.parameterValue),
          // Both are needed to appear in sessions and in real time.
          engagement_time_msec: 1,
          ...(told.has('session_id') && { session_id: textOf(told.get('session_id')) }),
        },
      },
    ],
  }
  const isTooLarge = new TextEncoder().encode(JSON.stringify(body)).length >= eventLimits.bodyBytes
  return isTooLarge ? refuse('too_large', 'The event is larger than 130 kB.') : { value: body }
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value) ?? ''
}

/** https://support.google.com/analytics/answer/12675187 */
const longestUserId = 256
const appInstanceId = /^[0-9a-f]{32}$/i

/** What Google makes itself in the shape of a hash (an installation) or a phone number (a session's second), or what is only a time. */
function isGooglesOwn(name: string, value: string, frame: EventFrame): boolean {
  if (name === 'app_instance_id') return frame.isApp && appInstanceId.test(value)
  return (name === 'session_id' && /^1\d{9}$/.test(value)) || name === 'occurred_at'
}

function findPersonal(
  fields: readonly (readonly [string, JsonValue])[],
  frame: EventFrame,
): { readonly reason: Reason } | undefined {
  for (const [name, value] of fields) {
    if (isGooglesOwn(name, textOf(value), frame)) continue
    const kind = findPersonalData(textOf(value))
    if (kind)
      return refuse(
        'personal_data',
        `The field ${name} holds or could hold personal data (${kind}), which Google Analytics forbids.`,
      )
  }
  return undefined
}

function toPerson(told: ReadonlyMap<string, JsonValue>, frame: EventFrame): Checked<JsonObject> {
  const userId = told.get('user_id')
  if (userId !== undefined && textOf(userId).length > longestUserId)
    return refuse('invalid_user_id', 'A user_id has at most 256 characters.')
  const userPart = userId === undefined ? {} : { user_id: textOf(userId) }
  if (frame.isApp) {
    const id = textOf(told.get('app_instance_id') ?? '')
    return appInstanceId.test(id)
      ? { value: { app_instance_id: id, ...userPart } }
      : refuse('missing_identifier', 'An app stream needs app_instance_id: 32 hexadecimal digits.')
  }
  // A body needs a client_id; without a visit of a tag, the person's own id stands for the device.
  const id = told.get('client_id') ?? userId
  return id === undefined
    ? refuse('missing_identifier', 'The record has neither client_id nor user_id.')
    : { value: { client_id: textOf(id), ...userPart } }
}

function toUserProperties(
  fields: readonly (readonly [string, JsonValue])[],
  frame: EventFrame,
): Checked<JsonObject> {
  const own = fields.filter(([name]) => !Object.hasOwn(eventFields, name))
  if (own.length + 1 > eventLimits.userProperties)
    return refuse(
      'too_many_user_properties',
      'A request takes 25 user properties, one of them the segment itself.',
    )
  const properties: Record<string, JsonValue> = {
    [frame.property]: { value: segmentStates[frame.operation] },
  }
  for (const [name, value] of own) {
    if (!isUserPropertyName(name) || name === frame.property)
      return refuse(
        'invalid_user_property',
        `"${name.slice(0, 40)}" is reserved, or no name of a user property.`,
      )
    if (typeof value === 'object' || textOf(value).length > eventLimits.userPropertyValue)
      return refuse(
        'invalid_user_property',
        `The user property ${name} takes one value of at most 36 characters.`,
      )
    properties[name] = { value }
  }
  return { value: properties }
}

function toTimestamp(value: JsonValue | undefined, now: number): Checked<JsonObject> {
  if (value === undefined) return { value: { timestamp_micros: now * 1000 } }
  const at = typeof value === 'number' ? value : Date.parse(textOf(value))
  if (Number.isNaN(at)) return refuse('invalid_time', 'occurred_at is no time.')
  // Google would silently move or drop the event.
  if (at < now - eventLimits.backDatingMs || at > now)
    return refuse('time_outside_window', 'occurred_at is more than 72 hours ago, or in the future.')
  return { value: { timestamp_micros: at * 1000 } }
}

function toConsent(told: ReadonlyMap<string, JsonValue>): JsonObject | undefined {
  const consent = {
    ...grantOf('ad_user_data', told.get('ad_user_data_consent')),
    ...grantOf('ad_personalization', told.get('ad_personalization_consent')),
  }
  return Object.keys(consent).length === 0 ? undefined : consent
}

/** Only a plain yes is a grant: true, or what the hub's ledger calls one. */
const grantOf = (name: string, value: JsonValue | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value === true || value === 'granted' ? 'GRANTED' : 'DENIED' }

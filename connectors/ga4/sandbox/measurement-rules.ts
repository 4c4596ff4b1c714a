import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'

/** One line of the debug endpoint's answer. */
export interface ValidationMessage {
  readonly fieldPath: string
  readonly description: string
  readonly validationCode: string
}

/** The body of a Measurement Protocol request (section 4.2). */
export const measurementBody = z.object({
  client_id: z.string().optional(),
  app_instance_id: z.string().optional(),
  user_id: z.string().optional(),
  timestamp_micros: z.union([z.int(), z.string().regex(/^\d+$/)]).optional(),
  user_properties: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  consent: z
    .strictObject({
      ad_user_data: z.enum(['GRANTED', 'DENIED']).optional(),
      ad_personalization: z.enum(['GRANTED', 'DENIED']).optional(),
    })
    .optional(),
  events: z.array(z.object({ name: z.string(), params: z.record(z.string(), z.unknown()).default({}) })),
})
export type MeasurementBody = z.output<typeof measurementBody>

const reservedName = /^(?:ga_|google_|firebase_)/
const reservedEvents = [
  'session_start',
  'first_visit',
  'first_open',
  'user_engagement',
  'app_remove',
  'error',
]
const hourMs = 3_600_000

/** Everything that Analytics would throw an event away for, section 4.2 line by line. Empty: it is good. */
export function validate(text: string, json: unknown, clock: Clock): readonly ValidationMessage[] {
  if (Buffer.byteLength(text) >= 130_000)
    return [fault('', 'The request body is too large.', 'EXCEEDED_MAX_ENTITIES')]
  const parsed = measurementBody.safeParse(json)
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? ''
    return [fault(path, 'Unable to parse the measurement protocol payload.', 'VALUE_INVALID')]
  }
  const body = parsed.data
  return [
    ...validatePerson(body),
    ...validateTime(body, clock),
    ...validateProperties(body),
    ...(body.events.length > 25 ? [fault('events', 'At most 25 events.', 'EXCEEDED_MAX_ENTITIES')] : []),
    ...(body.events.length === 0 ? [fault('events', 'Events are required.', 'VALUE_REQUIRED')] : []),
    ...body.events.flatMap((event, index) => validateEvent(event, `events[${index}]`)),
  ]
}

const fault = (fieldPath: string, description: string, validationCode: string): ValidationMessage => ({
  fieldPath,
  description,
  validationCode,
})

function validatePerson(body: MeasurementBody): ValidationMessage[] {
  if ((body.client_id ?? body.app_instance_id ?? '') !== '') return []
  return [fault('client_id', 'Measurement requires a client_id.', 'VALUE_REQUIRED')]
}

/** "back-dating at most 72 h" */
function validateTime(body: MeasurementBody, clock: Clock): ValidationMessage[] {
  if (body.timestamp_micros === undefined) return []
  const at = Number(body.timestamp_micros) / 1000
  const isWithin = at >= clock.now() - 72 * hourMs && at <= clock.now() + hourMs
  return isWithin ? [] : [fault('timestamp_micros', 'The timestamp is out of bounds.', 'VALUE_OUT_OF_BOUNDS')]
}

/** "25 user properties; user-property name 24 chars, value 36"; reserved prefixes. */
function validateProperties(body: MeasurementBody): ValidationMessage[] {
  const entries = Object.entries(body.user_properties)
  const faults = entries.flatMap(([name, { value }]) => {
    const path = `user_properties.${name}`
    if (reservedName.test(name)) return [fault(path, `Name [${name}] is reserved.`, 'NAME_RESERVED')]
    if (!/^[a-zA-Z]\w*$/.test(name) || name.length > 24)
      return [fault(path, 'The name is invalid.', 'NAME_INVALID')]
    return String(value).length > 36 ? [fault(path, 'The value is too long.', 'VALUE_INVALID')] : []
  })
  return entries.length > 25
    ? [...faults, fault('user_properties', 'At most 25 user properties.', 'EXCEEDED_MAX_ENTITIES')]
    : faults
}

/** "25 parameters per event; event and parameter name 40 (letter first, letters/digits/underscore); parameter value 100" */
function validateEvent(event: MeasurementBody['events'][number], path: string): ValidationMessage[] {
  const { name } = event
  const params = Object.entries(event.params)
  if (reservedName.test(name) || reservedEvents.includes(name))
    return [fault(`${path}.name`, `Event name [${name}] is reserved.`, 'NAME_RESERVED')]
  if (!/^[a-zA-Z]\w*$/.test(name) || name.length > 40)
    return [fault(`${path}.name`, `Event name [${name}] is invalid.`, 'NAME_INVALID')]
  if (params.length > 25) return [fault(`${path}.params`, 'At most 25 parameters.', 'EXCEEDED_MAX_ENTITIES')]
  return params.flatMap(([key, value]) => {
    const at = `${path}.params.${key}`
    if (reservedName.test(key)) return [fault(at, `Name [${key}] is reserved.`, 'NAME_RESERVED')]
    if (!/^[a-zA-Z]\w*$/.test(key) || key.length > 40)
      return [fault(at, 'The name is invalid.', 'NAME_INVALID')]
    return String(value).length > 100 ? [fault(at, 'The value is too long.', 'VALUE_INVALID')] : []
  })
}

import { readEventCall } from '../../core/event/read-event-call.ts'
import { maskText } from '../../core/masking/mask-text.ts'
import type { JsonObject, JsonValue } from '../../core/port/json.ts'
import { isJsonObject } from '../../core/profile/read-field.ts'
import type { TailedCall, TailedEvent } from '../api/contract/event.ts'
import { toKeptCall } from './event-spool.ts'
import { openSpoolToRead } from './spool-database.ts'

/** Reads the spool beside the hub that writes it. */
export interface EventTail extends Disposable {
  /** Calls after this one with their events, in the order of arrival. Calls stay for a minute after they were drained. */
  after(call: number): TailedCall[]
}

const callsAtOnce = 200

export function openEventTail(path: string): EventTail {
  const database = openSpoolToRead(path)
  const calls = database.prepare(`SELECT * FROM call WHERE number > ? ORDER BY number LIMIT ${callsAtOnce}`)
  return {
    after: (call) => calls.all(call).map(toTailed),
    [Symbol.dispose]: () => database.close(),
  }
}

const decoder = new TextDecoder()

function toTailed(row: unknown): TailedCall {
  const { number, source, route, receivedAt, body } = toKeptCall(row)
  const parsed: JsonValue = JSON.parse(decoder.decode(body))
  const events = readEventCall({ route, body: parsed, receivedAt }).map((event): TailedEvent => {
    const place = { source, receivedAt }
    if (event.kind === 'event')
      return { ...place, type: event.call, ...describe(event.content), state: 'taken' }
    const unknown = {
      type: event.kind === 'refused' ? (event.call ?? route) : route,
      name: '',
      person: '',
      fields: [],
    }
    return { ...place, ...unknown, state: event.kind === 'refused' ? event.reason : 'declined' }
  })
  return { number, events }
}

function describe(content: JsonObject): Pick<TailedEvent, 'name' | 'person' | 'fields'> {
  const named = content['event'] ?? content['name'] ?? content['groupId']
  const told = content['properties'] ?? content['traits']
  return {
    name: typeof named === 'string' ? named.slice(0, 80) : '',
    person: mask(content['userId'] ?? content['anonymousId']),
    fields: isJsonObject(told) ? Object.keys(told).slice(0, 50) : [],
  }
}

function mask(id: JsonValue | undefined): string {
  return maskText(typeof id === 'string' || typeof id === 'number' ? String(id) : '')
}

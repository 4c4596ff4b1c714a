import { hash } from 'node:crypto'
import type { SourceRecord } from '../../core/connector/source.ts'
import type { ReadEvent } from '../../core/event/read-event-call.ts'
import type { EventMark, KeptCall } from '../../core/port/event-spool.ts'
import type { JsonObject } from '../../core/port/json.ts'

/** Digits of a digest that tell events apart: 128 bits for which one it is, 64 for whether it says the same again. */
const codeDigits = 32
const contentDigits = 16

/** An event as the record of its stream, and the digests it is known by. */
export interface EventRecord {
  readonly record: SourceRecord
  readonly mark: EventMark
}

/** The event's place among all that came: of the call, and in it. */
export interface EventPlace {
  readonly call: KeptCall
  readonly index: number
}

/**
 * Makes the source record of an event: what the client told, with `timestamp` corrected and what the hub knows beside. An event without
 * an id of its own gets one of its place, which stays the same however often the call is drained.
 */
export function toEventRecord(event: ReadEvent, { call, index }: EventPlace): EventRecord {
  const { writeKey: _secret, ...told } = event.content
  const id = event.messageId ?? `call-${call.receivedAt}-${call.number}-${index}`
  const externalId = `${call.source}:${id}`
  return {
    record: {
      externalId,
      versionAt: event.time.at,
      deleted: false,
      fields: toFields(event, call, { ...told, messageId: id }),
    },
    mark: { code: digest(externalId, codeDigits), content: digest(toContent(event), contentDigits) },
  }
}

function toFields({ call: type, time }: ReadEvent, call: KeptCall, told: JsonObject): JsonObject {
  const original = told['timestamp'] ?? told['originalTimestamp']
  return {
    ...told,
    type,
    source: call.source,
    timestamp: new Date(time.at).toISOString(),
    ...(original !== undefined && { originalTimestamp: original }),
    receivedAt: new Date(call.receivedAt).toISOString(),
    clock: time.clock,
    ...(call.retries > 0 && { retryCount: call.retries }),
  }
}

/** What a client tells anew with each attempt, and what only says how it was sent. */
const fleeting = new Set(['sentAt', 'writeKey', 'timestamp', 'originalTimestamp'])

/** The event without what changes when it is sent again. */
function toContent({ content, call }: ReadEvent): string {
  const lasting = Object.entries(content)
    .filter(([name]) => !fleeting.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([call, lasting])
}

const digest = (text: string, digits: number): string => hash('sha256', text, 'hex').slice(0, digits)

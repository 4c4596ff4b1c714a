import type { QuarantinedRow, SourceRecord } from '../../core/connector/source.ts'
import { readEventCall, type RefusedEvent } from '../../core/event/read-event-call.ts'
import type { EventFate, EventMark, FateCount, KeptCall } from '../../core/port/event-spool.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { toEventRecord, type EventRecord } from './to-event-record.ts'

/** What goes into one stream. */
interface StreamPage {
  readonly records: SourceRecord[]
  readonly quarantined: QuarantinedRow[]
}

/** Calls taken apart: by stream, with what is new among their events. */
export interface SortedEvents {
  readonly pages: ReadonlyMap<string, StreamPage>
  readonly marks: readonly EventMark[]
  readonly fates: readonly FateCount[]
}

/** Stream of what cannot be told a call of: only its quarantine has rows. */
export const unreadableStream = 'unreadable'

type Found =
  | { readonly source: string; readonly stream: string; readonly taken: EventRecord }
  | { readonly source: string; readonly stream: string; readonly refused: QuarantinedRow }
  | { readonly source: string; readonly declined: true }

/**
 * Reads the events of calls and drops those that are known already, in the warehouse or earlier among these: the first stays. `known`
 * gives the contents of those of the codes that are known.
 */
export function sortEvents(
  calls: readonly KeptCall[],
  known: (codes: readonly string[]) => ReadonlyMap<string, string>,
): SortedEvents {
  const found = calls.flatMap((call) => readCall(call))
  const codes = found.flatMap((one) => ('taken' in one ? [one.taken.mark.code] : []))
  const contents = new Map(known(codes))
  const pages = new Map<string, StreamPage>()
  const marks: EventMark[] = []
  const fates = new Tally()
  for (const one of found) {
    if ('declined' in one) {
      fates.add(one.source, 'declined')
      continue
    }
    const page = pages.get(one.stream) ?? { records: [], quarantined: [] }
    pages.set(one.stream, page)
    if ('refused' in one) {
      fates.add(one.source, 'quarantined')
      page.quarantined.push(one.refused)
      continue
    }
    const { record, mark } = one.taken
    const first = contents.get(mark.code)
    if (first === undefined) {
      contents.set(mark.code, mark.content)
      marks.push(mark)
      page.records.push(record)
      fates.add(one.source, 'stored')
    } else fates.add(one.source, first === mark.content ? 'repeated' : 'differing')
  }
  return { pages, marks, fates: fates.counts() }
}

const decoder = new TextDecoder()

function readCall(call: KeptCall): Found[] {
  const { source, route, receivedAt } = call
  // It was parsed when it was taken.
  const body: JsonValue = JSON.parse(decoder.decode(call.body))
  return readEventCall({ route, body, receivedAt }).map((event, index): Found => {
    if (event.kind === 'declined') return { source, declined: true }
    if (event.kind === 'event')
      return { source, stream: event.call, taken: toEventRecord(event, { call, index }) }
    return { source, stream: event.call ?? unreadableStream, refused: toRow(event, call, index) }
  })
}

const toRow = (
  { reason, raw }: RefusedEvent,
  { number, source }: KeptCall,
  index: number,
): QuarantinedRow => ({
  place: `call ${number}, event ${index + 1}`,
  reason: { code: reason, message: `An event of "${source}" was set aside: ${sentences[reason]}.` },
  raw,
})

const sentences: Readonly<Record<RefusedEvent['reason'], string>> = {
  too_deep: 'it is nested too deeply',
  prototype_key: 'a name in it reaches for JavaScript’s prototypes',
  not_unicode: 'a text in it is no Unicode (a lone surrogate)',
  no_batch: 'the call has no list "batch"',
  no_object: 'it is no JSON object',
  too_large: 'it has more than 32 KB',
  unknown_call: 'its "type" is none of track, identify, page, screen, group, alias',
  invalid_message_id: 'its "messageId" is no text of at most 300 characters',
  nobody: 'it names neither "userId" nor "anonymousId", or as alias not both ids',
  no_name: 'a track call needs "event", a group call "groupId"',
  unreadable_time: 'its "timestamp" is no time',
  hostile_clock: 'its time lies before 2000 or more than a day ahead, after correction',
}

/** Counts fates by source. */
class Tally {
  readonly #counts = new Map<string, { source: string; fate: EventFate; count: number }>()

  add(source: string, fate: EventFate): void {
    const id = `${fate} ${source}`
    const entry = this.#counts.get(id) ?? { source, fate, count: 0 }
    entry.count += 1
    this.#counts.set(id, entry)
  }

  counts(): FateCount[] {
    return [...this.#counts.values()]
  }
}

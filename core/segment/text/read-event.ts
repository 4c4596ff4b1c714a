import type { EventAnchor, EventCondition, EventStep, EventWindow, PropertyCondition, Rule } from '../rule.ts'
import { measures, type Measure } from '../rule.ts'
import { readCase, readComparison } from './read-comparison.ts'
import { isPeriodNext, readDuration, readInstant, readPeriodWords } from './read-operand.ts'
import type { TokenReader } from './token-reader.ts'
import type { Token } from './token.ts'

type Measured = Pick<
  EventCondition,
  'event' | 'measure' | 'property' | 'where' | 'window' | 'followed_by' | 'not_followed_by'
>

/** Functions that measure events, and the one that only asks whether there is an event. */
export const eventFunctions: readonly string[] = ['performed', ...measures]

function toMeasure(word: string): Measure {
  return measures.find((measure) => measure === word) ?? 'count'
}

/** `performed(…)`, or a measure with its comparison. The function's name is next. */
export function readEventCondition(reader: TokenReader): Rule {
  const isPerformed = reader.isNext('performed')
  const measured = readMeasured(reader)
  if (isPerformed) return copyNotes(reader, measured, { ...measured, op: 'at_least' })
  const { asked, spans } = readComparison(reader)
  return reader.note(copyNotes(reader, measured, { ...measured, ...asked }), spans)
}

/** A condition has a copy of the keys of what it measures, so it stands at the same places. */
function copyNotes<T extends object>(reader: TokenReader, from: object, to: T): T {
  return reader.note(to, reader.keys.get(from) ?? {})
}

/** A measure with its events: `sum(purchase.amount, last 30 days)`. */
export function readMeasured(reader: TokenReader): Measured {
  const measure = toMeasure(reader.next().value.toLowerCase())
  reader.expect('(')
  const { event, property } = readSubject(reader)
  const filter = readWhere(reader)
  const details: Details = { window: undefined, chain: [], absent: undefined }
  while (reader.take(',')) readDetail(reader, details)
  if (!reader.take(')')) reader.fail('comma', [',', ')', 'where'])
  const measured = {
    event: event.value,
    measure,
    ...(property && { property: property.value }),
    ...filter,
    ...(details.window && { window: details.window }),
    ...(details.chain.length > 0 && { followed_by: details.chain }),
    ...(details.absent && { not_followed_by: details.absent }),
  }
  return reader.note(measured, { event, property })
}

/** `purchase`, or `purchase.amount`. */
export function readSubject(reader: TokenReader): { readonly event: Token; readonly property?: Token } {
  const event = reader.takeField('event')
  return reader.take('.') ? { event, property: reader.takeField() } : { event }
}

/** `where shop = "Lyon" and amount > 10`; `where always` is a filter that holds nothing back. */
export function readWhere(reader: TokenReader): { where?: PropertyCondition[] } {
  if (!reader.take('where')) return {}
  if (reader.take('always')) return { where: [] }
  const where: PropertyCondition[] = []
  do where.push(reader.placed(() => readProperty(reader)))
  while (reader.take('and'))
  reader.spans.set(where, reader.spanFrom(reader.spans.get(where[0] ?? where)?.start ?? 0))
  return { where }
}

function readProperty(reader: TokenReader): PropertyCondition {
  const property = reader.takeField()
  const { asked, spans } = readComparison(reader)
  return reader.note({ property: property.value, ...asked, ...readCase(reader) }, { property, ...spans })
}

interface Details {
  window: EventWindow | undefined
  chain: EventStep[]
  absent: EventStep | undefined
}

/** Most links of a chain; as the schema of rules says. */
const mostSteps = 5

function readDetail(reader: TokenReader, details: Details): void {
  if (reader.isNext('followed by')) {
    if (details.chain.length === mostSteps) reader.fail('steps')
    reader.take('followed by')
    details.chain.push(reader.placed(() => readStep(reader)))
  } else if (reader.isNext('not followed by')) {
    if (details.absent) reader.fail('steps')
    reader.take('not followed by')
    details.absent = reader.placed(() => readStep(reader))
  } else {
    const { window } = details
    details.window = reader.placed(() => readWindow(reader, window))
  }
}

function readStep(reader: TokenReader): EventStep {
  const event = reader.takeField('event')
  const filter = readWhere(reader)
  reader.expect('within')
  const { start } = reader.peek()
  const within = readDuration(reader)
  return reader.note({ event: event.value, ...filter, within }, { event, within: reader.spanFrom(start) })
}

const windowWords = ['last', 'during', 'from', 'to', 'after', 'before', 'any', 'followed', 'not']

/** A window; `after …` and `before …` join with what was read before. Throws where a second one stands. */
export function readWindow(reader: TokenReader, known?: EventWindow): EventWindow {
  const anchored = readAnchored(reader, known)
  if (anchored) return anchored
  if (known) reader.fail('one_window')
  const lasts = ['within the last', 'in the last', 'within last', 'last']
  if (lasts.some((words) => reader.take(words))) return { last: readDuration(reader) }
  if (reader.take('during') || isPeriodNext(reader)) return { during: readPeriodWords(reader) }
  if (reader.take('any time')) return {}
  if (reader.take('from')) {
    const from = readInstant(reader)
    return takeUntil(reader) ? { from, to: readInstant(reader) } : { from }
  }
  return takeUntil(reader) ? { to: readInstant(reader) } : reader.fail('window', windowWords)
}

const takeUntil = (reader: TokenReader): boolean => reader.take('to') || reader.take('until')

function readAnchored(reader: TokenReader, known?: EventWindow): EventWindow | undefined {
  const anchors = known && ('after_event' in known || 'before_event' in known) ? known : {}
  if (known && Object.keys(anchors).length === 0) return undefined
  if (reader.isNext('after')) {
    if ('after_event' in anchors) reader.fail('one_window')
    reader.next()
    return { ...anchors, after_event: reader.placed(() => readAnchor(reader)) }
  }
  if (!reader.isNext('before')) return undefined
  if ('before_event' in anchors) reader.fail('one_window')
  reader.next()
  return { ...anchors, before_event: reader.placed(() => readAnchor(reader)) }
}

function readAnchor(reader: TokenReader): EventAnchor {
  const hasOrdinal = (reader.isNext('first') || reader.isNext('last')) && isName(reader.peek(1))
  const which = hasOrdinal && reader.next().value.toLowerCase() === 'first' ? 'first' : 'last'
  const event = reader.takeField('event')
  return reader.note({ event: event.value, which, ...readWhere(reader) }, { event })
}

const isName = ({ kind, value }: Token): boolean =>
  kind === 'name' || (kind === 'word' && value.toLowerCase() !== 'where')

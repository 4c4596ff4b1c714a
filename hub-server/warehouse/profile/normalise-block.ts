import { z } from 'zod'
import type { ProfileEvent } from '../../../core/event/profile-event.ts'
import type { Consent } from '../../../core/profile/map-consents.ts'
import type { Identifier } from '../../../core/profile/map-identifiers.ts'
import { createNormaliser, type NormalisedRecord } from '../../../core/profile/normalise-record.ts'
import type { TraitValue } from '../../../core/profile/trait-value.ts'
import { layOut, type BlockLayout } from './block-layout.ts'
import { createFieldsReader } from './read-fields.ts'
import { cellEnd, RowText, rowEnd } from './row-text.ts'
import type { StreamPlan } from './stream-plan.ts'

/**
 * A block of normalised records: the rows of three tables as texts (`row-text.ts`), '' where there are none. `block-layout.ts` names
 * the columns. An empty cell is null.
 */
export interface NormalisedBlock {
  readonly count: number
  readonly records: string
  /** Identifiers of a kind beyond the first. */
  readonly identifiers: string
  readonly events: string
  /** Values that could not be used, by "field code". */
  readonly invalid: Readonly<Record<string, number>>
}

export const normalisedBlock: z.ZodType<NormalisedBlock> = z.object({
  count: z.number(),
  records: z.string(),
  identifiers: z.string(),
  events: z.string(),
  invalid: z.record(z.string(), z.number()),
})

/**
 * Rows of a block as one text (`row-text.ts`): the record id is the first cell, unless they count up from `firstRecord`; the fields are
 * the second. The fields were written by `JSON.stringify`, so they parse.
 */
export type NormaliseBlock = (text: string, firstRecord?: number) => NormalisedBlock

/** Binds a stream's plan to a function over blocks of its raw records. Pure; runs in worker threads. */
export function createBlockNormaliser(plan: StreamPlan): NormaliseBlock {
  const normalise = createNormaliser(plan.mapping, plan.schema)
  const layout = layOut(plan)
  const readFields = createFieldsReader()
  return (text, firstRecord) => {
    const tables: BlockTables = { records: new RowText(), identifiers: new RowText(), events: new RowText() }
    const invalid: Record<string, number> = {}
    let count = 0
    for (const { start, idEnd, fieldsEnd } of linesOf(text)) {
      const id = firstRecord === undefined ? text.slice(start, idEnd) : String(firstRecord + count)
      const record = normalise(readFields(text, idEnd + 1, fieldsEnd))
      addRecord(tables, layout, id, record)
      count += 1
      for (const { field, code } of record.invalid) {
        invalid[`${field} ${code}`] = (invalid[`${field} ${code}`] ?? 0) + 1
      }
    }
    return {
      count,
      records: tables.records.end(),
      identifiers: tables.identifiers.end(),
      events: tables.events.end(),
      invalid,
    }
  }
}

/** Where a row starts, and where its first two cells end. */
interface Line {
  readonly start: number
  readonly idEnd: number
  readonly fieldsEnd: number
}

/** Line by line: records that live on together would have to be moved by the garbage collector. */
function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const idEnd = text.indexOf(cellEnd, start)
    const found = text.indexOf(rowEnd, idEnd)
    const end = found < 0 ? text.length : found
    const cell = text.indexOf(cellEnd, idEnd + 1)
    yield { start, idEnd, fieldsEnd: cell < 0 || cell > end ? end : cell }
    start = end + 1
  }
}

/** The rows of each table. */
interface BlockTables {
  readonly records: RowText
  readonly identifiers: RowText
  readonly events: RowText
}

function toCell(value: TraitValue | undefined): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function addRecord(tables: BlockTables, layout: BlockLayout, id: string, record: NormalisedRecord): void {
  tables.records.push(toRecordRow(layout, id, record))
  const { identifiers, events } = record
  let before: string | undefined
  for (const { kind, value } of identifiers) {
    if (kind === before) tables.identifiers.push([id, kind, value].join(cellEnd))
    before = kind
  }
  for (const event of events) tables.events.push(toEventRow(layout, id, event))
}

function toRecordRow(layout: BlockLayout, id: string, record: NormalisedRecord): string {
  const row = [id]
  for (const trait of layout.traits) row.push(toCell(record.traits[trait]))
  for (const kind of layout.kinds) row.push(firstOf(record.identifiers, kind))
  for (const name of layout.consents) {
    const consent = consentOf(record.consents, name)
    row.push(consent?.status ?? '', toCell(consent?.decidedAt))
  }
  if (layout.clears.length > 0) {
    const cleared = layout.clears.filter((trait) => record.traits[trait] === null)
    row.push(cleared.length > 0 ? toCell(cleared) : '')
  }
  return row.join(cellEnd)
}

function firstOf(identifiers: readonly Identifier[], kind: string): string {
  for (const one of identifiers) if (one.kind === kind) return one.value
  return ''
}

function consentOf(
  consents: readonly Consent[],
  { purpose, channel }: BlockLayout['consents'][number],
): Consent | undefined {
  for (const one of consents) if (one.purpose === purpose && one.channel === channel) return one
  return undefined
}

function toEventRow(layout: BlockLayout, id: string, event: ProfileEvent): string {
  const row = [id, event.name, String(event.ordinal), String(event.time), event.own ? '' : personKey(event)]
  for (const property of layout.properties) row.push(toCell(event.properties[property]))
  return row.join(cellEnd)
}

/** One text for one set of identifiers, in whatever order a mapping names them. */
function personKey({ person }: ProfileEvent): string {
  const pairs = person.map(({ kind, value }) => JSON.stringify([kind, value])).sort()
  return `[${pairs.join(',')}]`
}

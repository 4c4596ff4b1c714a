import { z } from 'zod'
import type { ProfileEvent } from '../../../core/event/profile-event.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import { createNormaliser, type NormalisedRecord } from '../../../core/profile/normalise-record.ts'
import { isJsonObject } from '../../../core/profile/read-field.ts'
import type { TraitValue } from '../../../core/profile/trait-value.ts'
import { layOut, type BlockLayout } from './block-layout.ts'
import type { StreamPlan } from './stream-plan.ts'

/**
 * Columns of a table, each as one text: the values separated by U+001F, which no normalised text can hold; an empty one is null.
 * DuckDB splits them itself. Handing it values one by one, or as JSON, takes two to three times as long.
 */
export type ColumnTexts = readonly string[]

/** A block of normalised records; null where there is nothing. `block-layout.ts` names the columns. */
export interface NormalisedBlock {
  readonly count: number
  readonly records: ColumnTexts
  /** Identifiers of a kind beyond the first. */
  readonly identifiers: ColumnTexts | null
  readonly events: ColumnTexts | null
  /** Values that could not be used, by "field code". */
  readonly invalid: Readonly<Record<string, number>>
}

const columnTexts = z.array(z.string())

export const normalisedBlock: z.ZodType<NormalisedBlock> = z.object({
  count: z.number(),
  records: columnTexts,
  identifiers: columnTexts.nullable(),
  events: columnTexts.nullable(),
  invalid: z.record(z.string(), z.number()),
})

/** Text of a block: JSON list of [record id, fields]. The fields were written by `JSON.stringify`, so they parse. */
export type NormaliseBlock = (text: string) => NormalisedBlock

/** Binds a stream's plan to a function over blocks of its raw records. Pure; runs in worker threads. */
export function createBlockNormaliser(plan: StreamPlan): NormaliseBlock {
  const normalise = createNormaliser(plan.mapping, plan.schema)
  const layout = layOut(plan)
  return (text) => {
    const tables: BlockTables = {
      records: createTable(layout.records.length),
      identifiers: createTable(layout.identifiers.length),
      events: createTable(layout.events.length),
    }
    const invalid: Record<string, number> = {}
    const rows = readRows(text)
    for (const [id, fields] of rows) {
      const record = normalise(isJsonObject(fields) ? fields : {})
      addRecord(tables, layout, id, record)
      for (const { field, code } of record.invalid) {
        invalid[`${field} ${code}`] = (invalid[`${field} ${code}`] ?? 0) + 1
      }
    }
    const { records, identifiers, events } = tables
    return {
      count: rows.length,
      records: records.map(joinCells),
      identifiers: toTexts(identifiers),
      events: toTexts(events),
      invalid,
    }
  }
}

const isRows = (rows: unknown): rows is [number, JsonValue][] => Array.isArray(rows)

function readRows(text: string): [number, JsonValue][] {
  const rows: unknown = JSON.parse(text)
  return isRows(rows) ? rows : []
}

type Table = string[][]

interface BlockTables {
  readonly records: Table
  readonly identifiers: Table
  readonly events: Table
}

const createTable = (columns: number): Table => Array.from({ length: columns }, () => [])
const joinCells = (cells: readonly string[]): string => cells.join('\u001f')
const toTexts = (table: Table): ColumnTexts | null => (table[0]?.length ? table.map(joinCells) : null)

function addRow(table: Table, row: readonly string[]): void {
  for (let column = 0; column < table.length; column += 1) table[column]?.push(row[column] ?? '')
}

function toCell(value: TraitValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function addRecord(tables: BlockTables, layout: BlockLayout, id: number, record: NormalisedRecord): void {
  const row = [String(id)]
  for (const trait of layout.traits) row.push(toCell(record.traits[trait]))
  for (const kind of layout.kinds) row.push(record.identifiers.find((one) => one.kind === kind)?.value ?? '')
  for (const { purpose, channel } of layout.consents) {
    const consent = record.consents.find((one) => one.purpose === purpose && one.channel === channel)
    row.push(consent?.status ?? '', toCell(consent?.decidedAt))
  }
  addRow(tables.records, row)
  addFurtherIdentifiers(tables.identifiers, id, record)
  for (const event of record.events) addRow(tables.events, toEventRow(layout, id, event))
}

function addFurtherIdentifiers(table: Table, id: number, { identifiers }: NormalisedRecord): void {
  for (const [index, { kind, value }] of identifiers.entries()) {
    if (index > 0 && identifiers[index - 1]?.kind === kind) addRow(table, [String(id), kind, value])
  }
}

function toEventRow(layout: BlockLayout, id: number, event: ProfileEvent): string[] {
  const properties = layout.properties.map((property) => toCell(event.properties[property]))
  return [
    String(id),
    event.name,
    String(event.ordinal),
    String(event.time),
    event.own ? '' : personKey(event),
    ...properties,
  ]
}

/** One text for one set of identifiers, in whatever order a mapping names them. */
function personKey({ person }: ProfileEvent): string {
  const pairs = person.map(({ kind, value }) => JSON.stringify([kind, value])).sort()
  return `[${pairs.join(',')}]`
}

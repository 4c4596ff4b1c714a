import { z } from 'zod'
import type { ProfileEvent } from '../../../core/event/profile-event.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import { createNormaliser, type NormalisedRecord } from '../../../core/profile/normalise-record.ts'
import { isJsonObject } from '../../../core/profile/read-field.ts'
import type { TraitValue } from '../../../core/profile/trait-value.ts'
import type { StreamPlan } from './stream-plan.ts'

type Cell = TraitValue | undefined

/**
 * A block of normalised records as four JSON texts of columns ("r" is the record id), which DuckDB reads without a detour through
 * JavaScript values; null where there is nothing. See `stage-block.ts` for the columns' types.
 */
export interface NormalisedBlock {
  readonly count: number
  readonly records: string
  readonly identifiers: string | null
  readonly consents: string | null
  readonly events: string | null
  /** Values that could not be used, by "field code". */
  readonly invalid: Readonly<Record<string, number>>
}

export const normalisedBlock: z.ZodType<NormalisedBlock> = z.object({
  count: z.number(),
  records: z.string(),
  identifiers: z.string().nullable(),
  consents: z.string().nullable(),
  events: z.string().nullable(),
  invalid: z.record(z.string(), z.number()),
})

/** Text of a block: JSON list of [record id, fields]. The fields were written by `JSON.stringify`, so they parse. */
export type NormaliseBlock = (text: string) => NormalisedBlock

/** Binds a stream's plan to a function over blocks of its raw records. Pure; runs in worker threads. */
export function createBlockNormaliser(plan: StreamPlan): NormaliseBlock {
  const normalise = createNormaliser(plan.mapping, plan.schema)
  const traits = Object.keys(plan.mapping.traits).filter((trait) => Object.hasOwn(plan.schema.traits, trait))
  const names = { traits, properties: eventProperties(plan) }
  return (text) => {
    const tables = createTables(names.traits, names.properties)
    const invalid: Record<string, number> = {}
    const rows = readRows(text)
    for (const [id, fields] of rows) {
      const record = normalise(isJsonObject(fields) ? fields : {})
      addRecord(tables, names, id, record)
      for (const { field, code } of record.invalid) {
        invalid[`${field} ${code}`] = (invalid[`${field} ${code}`] ?? 0) + 1
      }
    }
    return {
      count: rows.length,
      records: toText(tables.records),
      identifiers: toTextOrNull(tables.identifiers),
      consents: toTextOrNull(tables.consents),
      events: toTextOrNull(tables.events),
      invalid,
    }
  }
}

/** Names of the properties that the stream's events may carry. */
export function eventProperties(plan: StreamPlan): readonly string[] {
  return [
    ...new Set(
      plan.mapping.events.flatMap(({ event, properties }) =>
        Object.keys(properties).filter((name) => plan.schema.events[event]?.properties[name] !== undefined),
      ),
    ),
  ]
}

const isRow = (row: unknown): row is [number, JsonValue] => Array.isArray(row) && typeof row[0] === 'number'

function readRows(text: string): [number, JsonValue][] {
  const rows: unknown = JSON.parse(text)
  return Array.isArray(rows) ? rows.filter(isRow) : []
}

/** Columns of one kind, in the order in which rows are added. */
interface ColumnTable {
  readonly names: readonly string[]
  readonly cells: readonly Cell[][]
}

const createTable = (names: readonly string[]): ColumnTable => ({ names, cells: names.map(() => []) })

function addRow(table: ColumnTable, row: readonly Cell[]): void {
  for (const [index, column] of table.cells.entries()) column.push(row[index] ?? null)
}

const toText = ({ names, cells }: ColumnTable): string =>
  JSON.stringify(Object.fromEntries(names.map((name, index) => [name, cells[index]])))

const toTextOrNull = (table: ColumnTable): string | null => (table.cells[0]?.length ? toText(table) : null)

interface BlockTables {
  readonly records: ColumnTable
  readonly identifiers: ColumnTable
  readonly consents: ColumnTable
  readonly events: ColumnTable
}

const createTables = (traits: readonly string[], properties: readonly string[]): BlockTables => ({
  records: createTable(['r', ...traits.map((trait) => `t_${trait}`)]),
  identifiers: createTable(['r', 'k', 'v']),
  consents: createTable(['r', 'p', 'c', 's', 'd', 'l']),
  events: createTable(['r', 'n', 'o', 't', 'w', ...properties.map((property) => `p_${property}`)]),
})

/** Names of the traits and properties, in the order of their columns. */
interface ColumnNames {
  readonly traits: readonly string[]
  readonly properties: readonly string[]
}

function addRecord(tables: BlockTables, names: ColumnNames, id: number, record: NormalisedRecord): void {
  addRow(tables.records, [id, ...names.traits.map((trait) => record.traits[trait])])
  for (const { kind, value } of record.identifiers) addRow(tables.identifiers, [id, kind, value])
  for (const { purpose, channel, status, decidedAt, legalBasis } of record.consents) {
    addRow(tables.consents, [id, purpose, channel, status, decidedAt, legalBasis])
  }
  for (const event of record.events) {
    const properties = names.properties.map((property) => event.properties[property])
    const key = event.own ? null : personKey(event)
    addRow(tables.events, [id, event.name, event.ordinal, event.time, key, ...properties])
  }
}

/** One text for one set of identifiers, in whatever order a mapping names them. */
function personKey({ person }: ProfileEvent): string {
  const pairs = person.map(({ kind, value }) => JSON.stringify([kind, value])).sort()
  return `[${pairs.join(',')}]`
}

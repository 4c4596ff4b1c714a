import type { JsonValue } from '../../../core/port/json.ts'
import { readNumber, readText } from '../gaql-value.ts'
import type { GaqlRow } from '../google-ads.ts'

/** A field of a report's records: the GAQL columns it needs, and its value in a row. */
export interface ReportField {
  readonly columns: readonly string[]
  readonly read: (row: GaqlRow) => JsonValue
}

/** One query of a report. A stream may need several: no single view has all audiences. */
export interface ReportView {
  readonly resource: string
  /** Column that names a row within a day; part of the external id. */
  readonly key: string
  readonly fields: Readonly<Record<string, ReportField>>
}

/** A text column. */
export function text(column: string): ReportField {
  return { columns: [column], read: (row) => readText(row, column) }
}

/** A number column. */
function number(column: string): ReportField {
  return { columns: [column], read: (row) => readNumber(row, column) }
}

/** A value that depends on nothing in the row. */
export function constant(value: JsonValue): ReportField {
  return { columns: [], read: () => value }
}

/** A sum of money: Google tells millionths of the account's currency unit. */
function money(column: string): ReportField {
  return { columns: [column], read: (row) => unitsOf(readNumber(row, column)) }
}

const unitsOf = (micros: number | null): number | null => (micros === null ? null : micros / 1_000_000)

/** What was earned for each unit of money spent; null where nothing was spent. */
const roas: ReportField = {
  columns: ['metrics.conversions_value', 'metrics.cost_micros'],
  read(row) {
    const spent = unitsOf(readNumber(row, 'metrics.cost_micros')) ?? 0
    return spent > 0 ? (readNumber(row, 'metrics.conversions_value') ?? 0) / spent : null
  },
}

/** The numbers that each report has (chapter 3.4). `ctr` is a fraction. */
export const metricFields: Readonly<Record<string, ReportField>> = {
  date: text('segments.date'),
  impressions: number('metrics.impressions'),
  clicks: number('metrics.clicks'),
  ctr: number('metrics.ctr'),
  average_cpc: money('metrics.average_cpc'),
  cost: money('metrics.cost_micros'),
  conversions: number('metrics.conversions'),
  conversions_value: number('metrics.conversions_value'),
  all_conversions: number('metrics.all_conversions'),
  roas,
}

/** The query of one view over days, both included. A fixed order makes its pages the same when it is asked again. */
export function toGaql(
  view: ReportView,
  fields: readonly string[],
  days: { readonly from: string; readonly to: string },
): string {
  const columns = new Set([view.key, 'segments.date'])
  for (const field of fields) for (const column of view.fields[field]?.columns ?? []) columns.add(column)
  // Rows without any impression do not exist once days are selected; asking for the number keeps that so for all fields.
  columns.add('metrics.impressions')
  return [
    `SELECT ${[...columns].join(', ')}`,
    `FROM ${view.resource}`,
    `WHERE segments.date BETWEEN '${days.from}' AND '${days.to}'`,
    `ORDER BY segments.date, ${view.key}`,
  ].join(' ')
}

import type { SandboxProperty, SandboxRow } from './sandbox-property.ts'

export interface ReportQuery {
  readonly dimensions: readonly string[]
  readonly metrics: readonly string[]
  readonly ranges: readonly { readonly startDate: string; readonly endDate: string }[]
  /** Dimensions in the order to sort by. */
  readonly orderBy: readonly string[]
}

interface TableRow {
  readonly dimensionValues: readonly { readonly value: string }[]
  readonly metricValues: readonly { readonly value: string }[]
}

/** The report's rows: raw rows of the date ranges, grouped by the dimensions, metrics summed up, sorted. */
export function makeTable(property: SandboxProperty, query: ReportQuery): readonly TableRow[] {
  const today = dayOf(property, property.clock.now())
  const groups = new Map<string, { readonly values: readonly string[]; readonly sums: number[] }>()
  for (const row of property.rows) {
    if (!query.ranges.some((range) => isWithin(String(row['date'] ?? ''), range, today))) continue
    const values = query.dimensions.map((name) => toDimension(row, name))
    const key = JSON.stringify(values)
    const group = groups.get(key) ?? { values, sums: query.metrics.map(() => 0) }
    groups.set(key, group)
    for (const [index, name] of query.metrics.entries())
      group.sums[index] = (group.sums[index] ?? 0) + Number(row[name] ?? 0)
  }
  const columns = query.orderBy.map((name) => query.dimensions.indexOf(name))
  return [...groups.values()]
    .toSorted((a, b) => compare(a, b, columns))
    .map(({ values, sums }) => ({
      dimensionValues: values.map((value) => ({ value })),
      metricValues: sums.map((sum) => ({ value: String(sum) })),
    }))
}

interface Group {
  readonly values: readonly string[]
  readonly sums: readonly number[]
}

/** Without an order Google sorts by the first metric, largest first; equal rows then stand in no order of meaning. */
function compare(a: Group, b: Group, columns: readonly number[]): number {
  if (columns.length === 0) return (b.sums[0] ?? 0) - (a.sums[0] ?? 0)
  for (const column of columns) {
    const [left = '', right = ''] = [a.values[column], b.values[column]]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

/** Dates are written without dashes; what a row lacks is "(not set)" (trap 5). */
function toDimension(row: SandboxRow, name: string): string {
  const value = row[name]
  if (value === undefined || value === '') return '(not set)'
  return name === 'date' ? String(value).replaceAll('-', '') : String(value)
}

function isWithin(
  date: string,
  range: { readonly startDate: string; readonly endDate: string },
  today: string,
): boolean {
  return date >= toDate(range.startDate, today) && date <= toDate(range.endDate, today)
}

/** "2026-11-01", "today", "yesterday" or "7daysAgo", in the property's time zone. */
function toDate(text: string, today: string): string {
  const ago =
    text === 'today' ? 0 : text === 'yesterday' ? 1 : Number(/^(\d+)daysAgo$/.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(ago)) return text
  return new Date(Date.parse(`${today}T00:00:00Z`) - ago * 86_400_000).toISOString().slice(0, 10)
}

const dayOf = (property: SandboxProperty, now: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: property.timeZone }).format(now)

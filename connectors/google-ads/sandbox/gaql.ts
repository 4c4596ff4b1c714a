import type { ReportRow } from './sandbox-account.ts'

/** A query of the sliver of GAQL that reports and targeting need. */
export interface GaqlQuery {
  readonly select: readonly string[]
  readonly from: string
  readonly where: readonly Condition[]
  readonly orderBy: readonly string[]
  readonly limit: number | undefined
}

interface Condition {
  readonly column: string
  readonly holds: (value: string) => boolean
}

const clauses =
  /^SELECT (?<select>.+?) FROM (?<from>\w+)(?: WHERE (?<where>.+?))?(?: ORDER BY (?<order>.+?))?(?: LIMIT (?<limit>\d+))?$/s

/** Parses a query; undefined for what is no GAQL. */
export function parseGaql(text: string): GaqlQuery | undefined {
  const groups = clauses.exec(text.trim())?.groups
  if (!groups) return undefined
  const { select = '', from = '', where, order, limit } = groups
  const conditions = where === undefined ? [] : parseConditions(where)
  if (!conditions) return undefined
  return {
    select: select.split(',').map((column) => column.trim()),
    from,
    where: conditions,
    orderBy: order === undefined ? [] : order.split(',').map((column) => column.trim()),
    limit: limit === undefined ? undefined : Number(limit),
  }
}

const condition =
  /^(?<column>[\w.]+) (?:BETWEEN '(?<from>[^']*)' AND '(?<to>[^']*)'|IN \((?<list>[^)]*)\)|(?<operator>=|!=) '(?<value>[^']*)')(?: AND |$)/

function parseConditions(text: string): Condition[] | undefined {
  const found: Condition[] = []
  for (let rest = text.trim(); rest !== '';) {
    const match = condition.exec(rest)
    if (!match?.groups) return undefined
    found.push(toCondition(match.groups))
    rest = rest.slice(match[0].length)
  }
  return found
}

function toCondition(groups: Record<string, string | undefined>): Condition {
  const { column = '', from, to = '', list, operator, value } = groups
  if (from !== undefined) return { column, holds: (cell) => cell >= from && cell <= to }
  if (list !== undefined) {
    const values = new Set(list.split(',').map((each) => each.trim().replace(/^'|'$/g, '')))
    return { column, holds: (cell) => values.has(cell) }
  }
  return { column, holds: (cell) => (cell === value) === (operator === '=') }
}

const cell = (row: ReportRow, column: string): string => String(row[column] ?? '')

/** The rows that a query selects, in its order, as nested JSON with camelCase names. */
export function runGaql(query: GaqlQuery, rows: readonly ReportRow[]): object[] {
  const kept = rows.filter((row) => query.where.every(({ column, holds }) => holds(cell(row, column))))
  const compare = (a: ReportRow, b: ReportRow): number => {
    for (const column of query.orderBy) {
      const [left, right] = [cell(a, column), cell(b, column)]
      if (left !== right) return left < right ? -1 : 1
    }
    return 0
  }
  return kept
    .toSorted(compare)
    .slice(0, query.limit)
    .map((row) => toNested(row, query.select))
}

function toNested(row: ReportRow, columns: readonly string[]): object {
  const nested: Record<string, unknown> = {}
  for (const column of columns) {
    const value = row[column]
    // False and 0 of bool and message fields are left out of JSON, as is what is not set.
    if (value !== undefined && value !== false) place(nested, column.split('.').map(toCamelCase), value)
  }
  return nested
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head = '', ...rest] = path
  if (rest.length === 0) {
    target[head] = value
    return
  }
  const inner: Record<string, unknown> = { ...Object(target[head] ?? {}) }
  target[head] = inner
  place(inner, rest, value)
}

const toCamelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

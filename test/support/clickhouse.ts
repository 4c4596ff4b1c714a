import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { clickhouseDialect } from '../../core/sql/dialects/clickhouse.ts'
import { renderSql, type BoundValue, type Sql } from '../../core/sql/sql.ts'

const folder = join(import.meta.dirname, '../clickhouse')
const libraries = join(folder, 'node_modules/@chdb')

/** What a test says that ClickHouse is missing for; undefined where it is installed. */
export const missingClickHouse: string | undefined =
  existsSync(libraries) && readdirSync(libraries).length > 0
    ? undefined
    : 'skipped: ClickHouse is not installed (npm run clickhouse:install)'

/** The part of the package that is used here. It is loaded only where it is installed, so the type checker does not know it. */
interface Session {
  queryBind(text: string, params: Readonly<Record<string, unknown>>, format: string): string
  query(text: string, format?: string): string
  close(): void
}

/** ClickHouse within this process. One may be open at a time. Statements are done when the call returns. */
export interface ClickHouse {
  run(statement: Sql): void
  /** Rows as lists of values. Whole numbers of 64 bits are `bigint`, the others `number`. */
  all(statement: Sql): unknown[][]
  /** Adds rows, each an object of column → value, as JSON: days and instants as `bigint`, numbers without negative zero. */
  insert(table: Sql, rows: readonly object[]): void
  close(): void
}

/**
 * A name that is a column's and a result's is the column's, and what a left join does not find is null, as in other engines; and rules
 * may make larger statements than ClickHouse takes by default. Whole numbers of 64 bits come as texts, as JSON would round them.
 */
const settings = {
  prefer_column_name_to_alias: 1,
  join_use_nulls: 1,
  max_query_size: 2 ** 28,
  max_ast_elements: 10_000_000,
  max_expanded_ast_elements: 10_000_000,
  max_threads: 1,
  output_format_json_quote_64bit_integers: 1,
}

/** Opens an empty ClickHouse with a folder of its own, which goes when it is closed. */
export function openClickHouse(): ClickHouse {
  const load = createRequire(join(folder, 'package.json'))
  const { Session } = load('chdb') as { Session: new () => Session }
  const session = new Session()
  for (const [name, value] of Object.entries(settings)) session.query(`SET ${name} = ${value}`)
  return {
    run: (statement) => void ask(session, statement, 'Null'),
    all: (statement) => readRows(ask(session, statement, 'JSONCompact')),
    insert(table, rows) {
      if (rows.length === 0) return
      const lines = rows.map((row) =>
        JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      )
      session.query(
        `INSERT INTO ${renderSql(table, clickhouseDialect).text} FORMAT JSONEachRow ${lines.join('\n')}`,
      )
    },
    close: () => session.close(),
  }
}

function ask(session: Session, statement: Sql, format: string): string {
  const { text, values } = renderSql(statement, clickhouseDialect)
  const params = Object.fromEntries(values.map((value, index) => [`p${index + 1}`, toParam(value)]))
  return session.queryBind(text, params, format)
}

/** Parameters are texts in the form of the engine; numbers are written by us, as the package refuses whole ones beyond 2^53. */
function toParam({ type, value }: BoundValue): unknown {
  switch (type) {
    case 'text':
    case 'texts':
      return value
    case 'numbers':
      return `[${value.map(String).join(',')}]`
    default:
      return String(value)
  }
}

function readRows(text: string): unknown[][] {
  const { meta, data } = JSON.parse(text) as { meta: { type: string }[]; data: unknown[][] }
  const isWide = meta.map(({ type }) => /^(?:Nullable\()?U?Int64\)?$/.test(type))
  return data.map((row) =>
    row.map((value, index) => (isWide[index] && typeof value === 'string' ? BigInt(value) : value)),
  )
}

import { DuckDBDateValue, DuckDBTimestampValue, listValue, type DuckDBValue } from '@duckdb/node-api'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { renderSql, type BoundValue, type Sql } from '../../../core/sql/sql.ts'

/** A statement as DuckDB takes it. */
export interface DuckDbStatement {
  readonly text: string
  readonly params: DuckDBValue[]
}

/** Renders SQL for DuckDB. */
export function toDuckDb(statement: Sql): DuckDbStatement {
  const { text, values } = renderSql(statement, duckdbDialect)
  return { text, params: values.map(toDuckDbValue) }
}

function toDuckDbValue(bound: BoundValue): DuckDBValue {
  switch (bound.type) {
    case 'number':
      return String(bound.value)
    case 'numbers':
      return listValue(bound.value.map(String))
    case 'texts':
      return listValue([...bound.value])
    case 'date':
      return new DuckDBDateValue(Number(bound.value))
    case 'datetime':
      return new DuckDBTimestampValue(bound.value)
    default:
      return bound.value
  }
}

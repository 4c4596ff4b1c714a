import { joinSql, sql, type Sql } from '../sql/sql.ts'

/** "And" of nothing is true, "or" of nothing is false. */
export function joinParts(kind: 'and' | 'or', parts: readonly Sql[]): Sql {
  const [only] = parts
  if (!only) return kind === 'and' ? sql`TRUE` : sql`FALSE`
  return parts.length === 1 ? only : sql`(${joinSql(parts, kind === 'and' ? ' AND ' : ' OR ')})`
}

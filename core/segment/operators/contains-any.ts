import { joinSql, sql } from '../../sql/sql.ts'
import { partsOfText } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** A text with at least one of these parts; a list with at least one of these texts. None of an empty list. */
export const containsAny = defineOperator({
  name: 'contains_any',
  types: ['text', 'list'],
  operand: partsOfText,
  foldsCase: true,
  takes: isAny,
  test: (value, parts) =>
    (typeof value === 'string' || Array.isArray(value)) && parts.some((part) => value.includes(part)),
  compile({ column, operand, type, dialect }) {
    if (operand.length === 0) return sql`CASE WHEN ${column} IS NOT NULL THEN FALSE END`
    if (type === 'list') return dialect.listHasAny(column, sql`${{ type: 'texts', value: operand }}`)
    const tests = operand.map((value) => dialect.textContains(column, sql`${{ type: 'text', value }}`))
    return sql`(${joinSql(tests, ' OR ')})`
  },
})

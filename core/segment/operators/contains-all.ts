import { joinSql, sql } from '../../sql/sql.ts'
import { partsOfText } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** A text with every one of these parts; a list with every one of these texts. An empty list asks for nothing. */
export const containsAll = defineOperator({
  name: 'contains_all',
  types: ['text', 'list'],
  operand: partsOfText,
  foldsCase: true,
  takes: isAny,
  test: (value, parts) =>
    (typeof value === 'string' || Array.isArray(value)) && parts.every((part) => value.includes(part)),
  compile({ column, operand, type, dialect }) {
    if (operand.length === 0) return sql`CASE WHEN ${column} IS NOT NULL THEN TRUE END`
    const tests = operand.map((value) => {
      const part = sql`${{ type: 'text', value }}`
      return type === 'list' ? dialect.listHas(column, part) : dialect.textContains(column, part)
    })
    return sql`(${joinSql(tests, ' AND ')})`
  },
})

import { sql } from '../../sql/sql.ts'
import { bindList, listOfValues } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** One of these values; for a list of texts: it has at least one of them. An empty list of values matches nobody. */
export const isIn = defineOperator({
  name: 'in',
  types: ['text', 'number', 'list'],
  operand: listOfValues,
  takes: isAny,
  test: (value, values) =>
    [value].flat().some((item) => (typeof item === 'string' || typeof item === 'number') && values.has(item)),
  compile({ column, operand, type, dialect }) {
    if (operand.size === 0) return sql`CASE WHEN ${column} IS NOT NULL THEN FALSE END`
    const list = sql`${bindList(operand)}`
    return type === 'list' ? dialect.listHasAny(column, list) : dialect.isOneOf(column, list)
  },
})

import { joinSql, sql } from '../../sql/sql.ts'
import { bindList, bindScalar, listOfValues } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** A short list costs least as plain values; a long one as a table of its own. */
const mostPlaceholders = 20

/** One of these values; for a list of texts: it has at least one of them. An empty list of values matches nobody. */
export const isIn = defineOperator({
  name: 'in',
  types: ['text', 'number', 'list'],
  operand: listOfValues,
  foldsCase: true,
  takes: isAny,
  test: (value, values) =>
    [value].flat().some((item) => (typeof item === 'string' || typeof item === 'number') && values.has(item)),
  compile({ column, operand, type, dialect }) {
    if (operand.size === 0) return sql`CASE WHEN ${column} IS NOT NULL THEN FALSE END`
    if (type !== 'list' && operand.size <= mostPlaceholders) {
      const values = [...operand].map((value) => sql`${bindScalar(value, type)}`)
      return sql`${column} IN (${joinSql(values, ', ')})`
    }
    const list = sql`${bindList(operand)}`
    return type === 'list' ? dialect.listHasAny(column, list) : dialect.isOneOf(column, list)
  },
})

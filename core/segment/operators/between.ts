import { sql } from '../../sql/sql.ts'
import { bindScalar, pairOfValues } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** From the first value to the second, both included; days until their end. */
export const between = defineOperator({
  name: 'between',
  types: ['number', 'date', 'datetime'],
  operand: pairOfValues,
  isConvex: true,
  takes: isScalar,
  test: (value, range) => value >= range.from && value <= range.to,
  compile: ({ column, operand: { from, to }, type }) =>
    sql`${column} BETWEEN ${bindScalar(from, type)} AND ${bindScalar(to, type)}`,
})

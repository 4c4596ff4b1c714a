import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** This number or more; on or after this date. */
export const atLeast = defineOperator({
  name: 'at_least',
  types: ['number', 'date', 'datetime'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { from }) => value >= from,
  compile: ({ column, operand: { from }, type }) => sql`${column} >= ${bindScalar(from, type)}`,
})

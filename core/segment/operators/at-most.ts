import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** This number or less; on or before this date, until the end of a day. */
export const atMost = defineOperator({
  name: 'at_most',
  types: ['number', 'date', 'datetime'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { to }) => value <= to,
  compile: ({ column, operand: { to }, type }) => sql`${column} <= ${bindScalar(to, type)}`,
})

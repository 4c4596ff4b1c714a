import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** Less than this number. */
export const lessThan = defineOperator({
  name: 'less_than',
  types: ['number'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { from }) => value < from,
  compile: ({ column, operand: { from }, type }) => sql`${column} < ${bindScalar(from, type)}`,
})

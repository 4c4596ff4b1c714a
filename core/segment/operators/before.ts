import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** Earlier than this date or instant; before the start of a day. */
export const before = defineOperator({
  name: 'before',
  types: ['date', 'datetime'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { from }) => value < from,
  compile: ({ column, operand: { from }, type }) => sql`${column} < ${bindScalar(from, type)}`,
})

import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** Later than this date or instant; after the end of a day. */
export const after = defineOperator({
  name: 'after',
  types: ['date', 'datetime'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { to }) => value > to,
  compile: ({ column, operand: { to }, type }) => sql`${column} > ${bindScalar(to, type)}`,
})

import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** More than this number. */
export const moreThan = defineOperator({
  name: 'more_than',
  types: ['number'],
  operand: oneValue,
  isConvex: true,
  takes: isScalar,
  test: (value, { to }) => value > to,
  compile: ({ column, operand: { to }, type }) => sql`${column} > ${bindScalar(to, type)}`,
})

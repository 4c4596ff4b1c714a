import { sql } from '../../sql/sql.ts'
import { bindScalar, durationBack } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'

/** This length of time ago, or longer: all of the past that `within_last` leaves out. */
export const moreThanAgo = defineOperator({
  name: 'more_than_ago',
  types: ['date', 'datetime'],
  operand: durationBack,
  isConvex: true,
  takes: isMoment,
  test: (value, { cut }) => value <= cut,
  compile: ({ column, operand: { cut }, type }) => sql`${column} <= ${bindScalar(cut, type)}`,
})

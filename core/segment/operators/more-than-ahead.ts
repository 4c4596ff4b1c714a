import { sql } from '../../sql/sql.ts'
import { bindScalar, durationAhead } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'

/** Further ahead than this length of time: all of the future that `within_next` leaves out. */
export const moreThanAhead = defineOperator({
  name: 'more_than_ahead',
  types: ['date', 'datetime'],
  operand: durationAhead,
  isConvex: true,
  takes: isMoment,
  test: (value, { until }) => value > until,
  compile: ({ column, operand: { until }, type }) => sql`${column} > ${bindScalar(until, type)}`,
})

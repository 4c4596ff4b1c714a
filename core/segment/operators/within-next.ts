import { sql } from '../../sql/sql.ts'
import { bindScalar, durationAhead } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'

/**
 * In the stretch of this length that begins at the moment of evaluation: its start is left out, its end is in. Of days, today is the
 * first, as it is the last of `within_last`.
 */
export const withinNext = defineOperator({
  name: 'within_next',
  types: ['date', 'datetime'],
  operand: durationAhead,
  isConvex: true,
  takes: isMoment,
  test: (value, { after, until }) => value > after && value <= until,
  compile: ({ column, operand: { after, until }, type }) =>
    sql`(${column} > ${bindScalar(after, type)} AND ${column} <= ${bindScalar(until, type)})`,
})

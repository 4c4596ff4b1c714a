import { sql } from '../../sql/sql.ts'
import { bindScalar, durationBack } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'

/** In the stretch of this length that ends at the moment of evaluation: its start is left out, its end is in. Never the future. */
export const withinLast = defineOperator({
  name: 'within_last',
  types: ['date', 'datetime'],
  operand: durationBack,
  isConvex: true,
  takes: isMoment,
  test: (value, { cut, end }) => value > cut && value <= end,
  compile: ({ column, operand: { cut, end }, type }) =>
    sql`(${column} > ${bindScalar(cut, type)} AND ${column} <= ${bindScalar(end, type)})`,
})

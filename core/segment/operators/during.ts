import { sql } from '../../sql/sql.ts'
import { bindScalar, OperandFault, type OperandKind, type ScalarRange } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'
import { readPeriod } from '../time/period.ts'
import { dayIn, startOfDay } from '../time/time-zone.ts'

const period: OperandKind<ScalarRange> = {
  shape: 'period',
  read(raw, { type, asOf, zone }) {
    const days = typeof raw === 'string' ? readPeriod(raw, dayIn(zone, asOf)) : undefined
    if (!days) return new OperandFault('period')
    if (type === 'date') return days
    return { from: startOfDay(zone, days.from), to: startOfDay(zone, days.to + 1n) - 1n }
  },
}

/** In a stretch of the calendar ("this month", "previous 2 weeks"), from the first instant of its first day to the last of its last. */
export const during = defineOperator({
  name: 'during',
  types: ['date', 'datetime'],
  operand: period,
  isConvex: true,
  takes: isScalar,
  test: (value, { from, to }) => value >= from && value <= to,
  compile: ({ column, operand: { from, to }, type }) =>
    sql`${column} BETWEEN ${bindScalar(from, type)} AND ${bindScalar(to, type)}`,
})

import { sql } from '../../sql/sql.ts'
import { dayAfter, instantAfter, isWholeDays, parseDuration } from '../duration.ts'
import { bindScalar, OperandFault, type OperandKind } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'
import { dayIn } from '../time/time-zone.ts'

const durationAhead: OperandKind<{ readonly after: bigint; readonly until: bigint }> = {
  shape: 'duration',
  read(raw, { type, asOf, zone }) {
    const duration = typeof raw === 'string' ? parseDuration(raw) : undefined
    if (!duration) return new OperandFault('duration')
    if (type === 'datetime') return { after: asOf, until: instantAfter(asOf, duration, zone) }
    if (!isWholeDays(duration)) return new OperandFault('duration_of_days')
    const today = dayIn(zone, asOf)
    return { after: today - 1n, until: dayAfter(today, duration) - 1n }
  },
}

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

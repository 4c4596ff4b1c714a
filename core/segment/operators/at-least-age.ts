import { sql } from '../../sql/sql.ts'
import { addMonths } from '../calendar.ts'
import { bindScalar, OperandFault, type OperandKind } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'
import { dayIn } from '../time/time-zone.ts'

/** No person is known to have become older than 122; 150 leaves room for typing errors to be seen as such. */
const mostYears = 150

const age: OperandKind<bigint> = {
  shape: 'age',
  read(raw, { asOf, zone }) {
    const isAge = typeof raw === 'number' && Number.isInteger(raw) && raw >= 0 && raw <= mostYears
    return isAge ? addMonths(dayIn(zone, asOf), -12 * raw) : new OperandFault('age')
  },
}

/** Born so long ago that this many years are full today; somebody of 29 February is a year older on 1 March of a common year. */
export const atLeastAge = defineOperator({
  name: 'at_least_age',
  types: ['date'],
  operand: age,
  isConvex: true,
  takes: isMoment,
  test: (value, lastDay) => value <= lastDay,
  compile: ({ column, operand, type }) => sql`${column} <= ${bindScalar(operand, type)}`,
})

import { defineOperator, isMoment } from '../operator.ts'
import { monthNames, namesOf } from '../time/calendar-names.ts'
import { compileDay, dayOfValue, isOneOfNumbers } from '../time/calendar-test.ts'
import { monthDayOf } from '../time/month-day.ts'

/** In this month of whatever year ("january"), or in one of several. */
export const month = defineOperator({
  name: 'month',
  types: ['date', 'datetime'],
  operand: namesOf(monthNames, 'months'),
  takes: isMoment,
  test: (value, { numbers, zone, type }) =>
    numbers.has(Math.floor(monthDayOf(dayOfValue(value, type, zone)) / 100)),
  compile: ({ column, operand: { numbers, zone }, type, dialect }) =>
    isOneOfNumbers(dialect.month(compileDay(column, type, { zone, dialect })), numbers, dialect),
})

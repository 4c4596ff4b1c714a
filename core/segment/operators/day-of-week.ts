import { defineOperator, isMoment } from '../operator.ts'
import { namesOf, weekdayNames } from '../time/calendar-names.ts'
import { compileDay, dayOfValue, isOneOfNumbers } from '../time/calendar-test.ts'
import { weekday } from '../time/period.ts'

/** On this day of the week ("monday"), or on one of several. */
export const dayOfWeek = defineOperator({
  name: 'day_of_week',
  types: ['date', 'datetime'],
  operand: namesOf(weekdayNames, 'weekdays'),
  takes: isMoment,
  test: (value, { numbers, zone, type }) => numbers.has(weekday(dayOfValue(value, type, zone))),
  compile: ({ column, operand: { numbers, zone }, type, dialect }) =>
    isOneOfNumbers(dialect.weekday(compileDay(column, type, { zone, dialect })), numbers, dialect),
})

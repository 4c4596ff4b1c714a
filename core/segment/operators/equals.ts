import { sql } from '../../sql/sql.ts'
import { bindScalar, oneValue } from '../operand.ts'
import { defineOperator, isScalar } from '../operator.ts'

/** Exactly this value; case, accents and spaces count. A datetime equals a day when it lies on that day in UTC. */
export const equals = defineOperator({
  name: 'equals',
  types: ['text', 'number', 'boolean', 'date', 'datetime'],
  operand: oneValue,
  foldsCase: true,
  isConvex: true,
  takes: isScalar,
  test: (value, range) => value >= range.from && value <= range.to,
  compile: ({ column, operand: { from, to }, type }) =>
    from === to
      ? sql`${column} = ${bindScalar(from, type)}`
      : sql`${column} BETWEEN ${bindScalar(from, type)} AND ${bindScalar(to, type)}`,
})

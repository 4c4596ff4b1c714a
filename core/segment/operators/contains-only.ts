import { sql } from '../../sql/sql.ts'
import { partsOfText } from '../operand.ts'
import { defineOperator } from '../operator.ts'

/** A list with none but these texts, so also an empty one. Together with `contains_all`: with exactly these. */
export const containsOnly = defineOperator({
  name: 'contains_only',
  types: ['list'],
  operand: partsOfText,
  takes: (value) => Array.isArray(value),
  test: (value, parts) => value.every((item) => parts.includes(item)),
  compile: ({ column, operand, dialect }) =>
    operand.length === 0
      ? dialect.listIsEmpty(column)
      : dialect.listHasOnly(column, sql`${{ type: 'texts', value: operand }}`),
})

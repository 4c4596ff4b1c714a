import { sql } from '../../sql/sql.ts'
import { noOperand } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** The empty text, or a list without any text. A missing value is neither empty nor not: it is unknown. */
export const isEmpty = defineOperator({
  name: 'is_empty',
  types: ['text', 'list'],
  operand: noOperand,
  takes: isAny,
  test: (value) => (typeof value === 'string' || Array.isArray(value)) && value.length === 0,
  compile: ({ column, type, dialect }) =>
    type === 'list' ? dialect.listIsEmpty(column) : sql`${column} = ''`,
})

import { sql } from '../../sql/sql.ts'
import { partOfText } from '../operand.ts'
import { defineOperator, isText } from '../operator.ts'

/** A text that begins with this part, literally and with case. */
export const startsWith = defineOperator({
  name: 'starts_with',
  types: ['text'],
  operand: partOfText,
  foldsCase: true,
  takes: isText,
  test: (value, part) => value.startsWith(part),
  compile: ({ column, operand, dialect }) =>
    dialect.textStartsWith(column, sql`${{ type: 'text', value: operand }}`),
})

import { sql } from '../../sql/sql.ts'
import { partOfText } from '../operand.ts'
import { defineOperator, isText } from '../operator.ts'

/** A text that ends with this part, literally and with case. */
export const endsWith = defineOperator({
  name: 'ends_with',
  types: ['text'],
  operand: partOfText,
  foldsCase: true,
  takes: isText,
  test: (value, part) => value.endsWith(part),
  compile: ({ column, operand, dialect }) =>
    dialect.textEndsWith(column, sql`${{ type: 'text', value: operand }}`),
})

import { sql } from '../../sql/sql.ts'
import { partOfText } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** A text that has this part, literally and with case; or a list of texts that has exactly this text. */
export const contains = defineOperator({
  name: 'contains',
  types: ['text', 'list'],
  operand: partOfText,
  foldsCase: true,
  takes: isAny,
  test: (value, part) => (typeof value === 'string' || Array.isArray(value)) && value.includes(part),
  compile({ column, operand, type, dialect }) {
    const part = sql`${{ type: 'text', value: operand }}`
    return type === 'list' ? dialect.listHas(column, part) : dialect.textContains(column, part)
  },
})

import { traitTypes } from '../../profile/profile-schema.ts'
import { sql } from '../../sql/sql.ts'
import { noOperand } from '../operand.ts'
import { defineOperator, isAny } from '../operator.ts'

/** There is a value. The empty text and the empty list are values. Never unknown. */
export const exists = defineOperator({
  name: 'exists',
  types: traitTypes,
  operand: noOperand,
  whenMissing: false,
  takes: isAny,
  test: () => true,
  compile: ({ column }) => sql`${column} IS NOT NULL`,
})

import { RE2JS } from 're2js'
import { sql } from '../../sql/sql.ts'
import type { OperandKind } from '../operand.ts'
import { isStorable, OperandFault } from '../operand.ts'
import { defineOperator, isText } from '../operator.ts'
import { PatternFault } from '../pattern/pattern-fault.ts'
import { readPattern } from '../pattern/read-pattern.ts'

/** A pattern as RE2 text, compiled once for the reference evaluator. */
interface ReadPattern {
  readonly text: string
  readonly engine: RE2JS
}

const pattern: OperandKind<ReadPattern> = {
  shape: 'pattern',
  read(raw, { ignoreCase }) {
    if (typeof raw !== 'string' || raw === '' || !isStorable(raw)) return new OperandFault('pattern')
    const text = readPattern(raw, ignoreCase)
    return text instanceof PatternFault
      ? new OperandFault('pattern', `${text.found} at character ${text.position}`)
      : { text, engine: RE2JS.compile(text) }
  },
}

/** A text in which the pattern is found. Read by RE2, whose time grows with the text alone: https://github.com/google/re2/wiki/Syntax */
export const matches = defineOperator({
  name: 'matches',
  types: ['text'],
  operand: pattern,
  foldsCase: true,
  takes: isText,
  test: (value, { engine }) => engine.test(value),
  compile: ({ column, operand, dialect }) =>
    dialect.textMatches(column, sql`${{ type: 'text', value: operand.text }}`),
})

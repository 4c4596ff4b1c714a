import { AffluentError } from '../errors/affluent-error.ts'
import type { TraitType } from '../profile/profile-schema.ts'
import { lowerAscii } from './ascii-case.ts'
import { OperandFault, type ZonedMoment } from './operand.ts'
import type { OperatorName } from './operator-names.ts'
import type { Operator, Predicate } from './operator.ts'
import { resolveOperator } from './operators/registry.ts'
import type { Truth, Value } from './person.ts'
import type { Operand } from './rule.ts'

/** A comparison as rules write it, with the type of what is compared. */
export interface Comparison {
  readonly op: OperatorName
  readonly value?: Operand | undefined
  readonly type: TraitType
  /** Texts are compared without the case of A to Z. */
  readonly ignore_case?: boolean | undefined
}

/** A comparison ready to be asked: `predicate` is the operator's own question, `negated` turns its answer round. */
export interface Question {
  readonly operator: Operator
  readonly predicate: Predicate
  readonly negated: boolean
}

/** Reads the operand of a checked rule. Throws `segment.wrong_type` when operator and operand do not fit the type. */
export function toQuestion(comparison: Comparison, moment: ZonedMoment): Question {
  const { op, value, type } = comparison
  const { operator, negated } = resolveOperator(op)
  if (!operator.types.includes(type)) throw wrongType(op, operator.types.join(', '), type)
  const ignoreCase = comparison.ignore_case === true && operator.foldsCase && type === 'text'
  const predicate = operator.read(value, { type, ...moment, ignoreCase })
  if (predicate instanceof OperandFault) throw wrongType(op, predicate.expected, 'another value')
  return { operator, predicate: ignoreCase ? foldCase(predicate) : predicate, negated }
}

function foldCase(predicate: Predicate): Predicate {
  return {
    ...predicate,
    test: (value) => predicate.test(typeof value === 'string' ? lowerAscii(value) : value),
    compile: (column, dialect) => predicate.compile(dialect.lowerAscii(column), dialect),
  }
}

function wrongType(operator: OperatorName, expected: string, found: string): AffluentError {
  return new AffluentError('segment.wrong_type', { act: 'reading a rule', operator, expected, found })
}

/** Truth of a question about one value. A missing value is unknown, except for `exists` and `missing`. */
export function judge({ operator, predicate, negated }: Question, value: Value | undefined): Truth {
  const truth = value === undefined ? operator.whenMissing : predicate.test(value)
  return truth === null ? null : truth !== negated
}

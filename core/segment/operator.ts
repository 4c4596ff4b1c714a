import type { TraitType } from '../profile/profile-schema.ts'
import type { Dialect } from '../sql/dialect.ts'
import type { Sql } from '../sql/sql.ts'
import { OperandFault, type OperandContext, type OperandKind } from './operand.ts'
import type { OperatorName } from './operator-names.ts'
import type { Truth, Value } from './person.ts'
import type { Operand } from './rule.ts'

/** An operator with its operand: the same question in JavaScript and in SQL. */
export interface Predicate {
  /** Truth for a value that is not missing. */
  test(value: Value): boolean
  /** SQL with the same truth for a column that is not null; null (or false) where the column is null. */
  compile(column: Sql, dialect: Dialect): Sql
  /** True when the operand is well formed and yet no value can match. */
  readonly isImpossible: boolean
}

/** An operator of the rule language. One file in `operators/` defines one; `operators/registry.ts` lists them. */
export interface Operator {
  readonly name: OperatorName
  /** Types of values it applies to. */
  readonly types: readonly TraitType[]
  readonly shape: OperandKind<unknown>['shape']
  /** Truth for people without the value. Default null: unknown. */
  readonly whenMissing: Truth
  /**
   * True when the values that match lie in one stretch without gaps. Default false. It lets "at least 1 event" become a look for any
   * event, without counting.
   */
  readonly isConvex: boolean
  /** True when `ignore_case` may be said of texts compared by it. Default false. */
  readonly foldsCase: boolean
  read(raw: Operand | undefined, context: OperandContext): Predicate | OperandFault
}

/** What an operator's SQL is made of. */
interface CompileInput<Read> {
  readonly column: Sql
  readonly operand: Read
  readonly type: TraitType
  readonly dialect: Dialect
}

/** What a file in `operators/` states. */
export interface OperatorDefinition<Read, Tested extends Value> {
  readonly name: OperatorName
  readonly types: readonly TraitType[]
  readonly operand: OperandKind<Read>
  readonly whenMissing?: boolean
  readonly isConvex?: boolean
  readonly foldsCase?: boolean
  /** Narrows a value to what `test` takes. A value of another kind never matches. */
  readonly takes: (value: Value) => value is Tested
  readonly test: (value: Tested, operand: Read) => boolean
  readonly compile: (input: CompileInput<Read>) => Sql
}

/** Makes an operator. The operand's reader is closed over, so that all operators have one plain type. */
export function defineOperator<Read, Tested extends Value>(
  definition: OperatorDefinition<Read, Tested>,
): Operator {
  const { operand: kind, takes, test, compile } = definition
  return {
    name: definition.name,
    types: definition.types,
    shape: kind.shape,
    whenMissing: definition.whenMissing ?? null,
    isConvex: definition.isConvex ?? false,
    foldsCase: definition.foldsCase ?? false,
    read(raw, context) {
      const operand = kind.read(raw, context)
      if (operand instanceof OperandFault) return operand
      return {
        test: (value) => takes(value) && test(value, operand),
        compile: (column, dialect) => compile({ column, operand, type: context.type, dialect }),
        isImpossible: kind.isImpossible?.(operand) ?? false,
      }
    },
  }
}

/** An operator that is true where another one is false, false where it is true, and unknown where it is unknown. */
export interface Complement {
  readonly name: OperatorName
  readonly complementOf: Operator
}

/** Makes the opposite of an operator, so that "not equals" can never disagree with "equals". */
export function defineComplement(name: OperatorName, complementOf: Operator): Complement {
  return { name, complementOf }
}

export const isText = (value: Value): value is string => typeof value === 'string'
export const isScalar = (value: Value): value is string | number | boolean | bigint =>
  typeof value !== 'object'
export const isMoment = (value: Value): value is bigint => typeof value === 'bigint'
export const isAny = (value: Value): value is Value => value !== undefined

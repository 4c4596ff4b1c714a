import { AffluentError } from '../errors/affluent-error.ts'
import { sqlText, type BoundValue, type Sql } from './sql.ts'

/**
 * How an engine quotes names. `escape` says what makes a closing quote inside a name harmless: doubling it, or a backslash before it
 * (and before backslashes).
 */
interface NameQuote {
  readonly open: string
  readonly close: string
  readonly escape: 'double' | 'backslash'
}

/**
 * What a SQL engine must offer so that rules run on it. The set is small and closed: comparisons, AND, OR, NOT, IS NULL, IN with a
 * sub-select, GROUP BY, HAVING, UNION ALL, CASE and the plain aggregates are the same everywhere and written in the compiler; what
 * differs is here. A new operator needs no new dialect code; a new dialect needs no new operator code. Every dialect must pass
 * `test/conformance/dialect` and `test/conformance/operator` on its real engine.
 */
export interface Dialect {
  readonly name: string
  readonly nameQuote: NameQuote
  /** Text that stands for the bound value at `position` (from 1). */
  placeholder(position: number, type: BoundValue['type']): string
  /** True when `text` contains `part` literally: `%` and `_` mean themselves. Null when `text` is null. */
  textContains(text: Sql, part: Sql): Sql
  textStartsWith(text: Sql, part: Sql): Sql
  textEndsWith(text: Sql, part: Sql): Sql
  /** True when the list of texts holds exactly this text. */
  listHas(list: Sql, text: Sql): Sql
  /** True when the list holds at least one of these texts (a non-empty bound list). */
  listHasAny(list: Sql, texts: Sql): Sql
  /** True when the value equals one of a non-empty bound list; cost must not grow with rows × list. Null when `value` is null. */
  isOneOf(value: Sql, list: Sql): Sql
  /** The largest whole number that is not above a double. */
  floor(value: Sql): Sql
  /** Aggregate: `value` of the row with the smallest (time, tie-breaker), among rows that have a value. */
  valueAtEarliest(value: Sql, time: Sql, tieBreaker: Sql): Sql
  valueAtLatest(value: Sql, time: Sql, tieBreaker: Sql): Sql
  /** Bit sets in signed 64-bit integers; bits 0 to 61 are used. */
  bitAnd(left: Sql, right: Sql): Sql
  bitOr(left: Sql, right: Sql): Sql
  bitOrAggregate(value: Sql): Sql
  /** A whole number as a signed 64-bit literal. */
  bigint(value: bigint): Sql
}

/**
 * Quotes a name by the dialect's escape contract. Names come from the profile schema or our tables, so a name with a control
 * character is a fault of ours: `internal.unexpected`.
 */
export function quoteName(dialect: Pick<Dialect, 'nameQuote'>, name: string): Sql {
  const { open, close, escape } = dialect.nameQuote
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the purpose
  if (name === '' || /[\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed())
    throw new AffluentError('internal.unexpected', { act: 'quoting a name for SQL' })
  const escaped =
    escape === 'double'
      ? name.replaceAll(close, close + close)
      : name.replaceAll('\\', '\\\\').replaceAll(close, `\\${close}`)
  return sqlText(`${open}${escaped}${close}`)
}

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
  /** True when a pattern in RE2's syntax is found in `text`, in time that grows with the text alone. */
  textMatches(text: Sql, pattern: Sql): Sql
  /** The text with A to Z in lower case, and nothing else changed. */
  lowerAscii(text: Sql): Sql
  /** True when the list of texts holds exactly this text. */
  listHas(list: Sql, text: Sql): Sql
  /** True when the list holds at least one of these texts (a non-empty bound list). */
  listHasAny(list: Sql, texts: Sql): Sql
  /** True when the list holds none but these texts (a non-empty bound list). */
  listHasOnly(list: Sql, texts: Sql): Sql
  /** True when the list holds no text. */
  listIsEmpty(list: Sql): Sql
  /** True when the value equals one of a non-empty bound list; cost must not grow with rows × list. Null when `value` is null. */
  isOneOf(value: Sql, list: Sql): Sql
  /** The largest whole number that is not above a double. */
  floor(value: Sql): Sql
  /** The double, or null where it is infinite or no number: what dividing by zero and overflows leave. */
  finite(value: Sql): Sql
  /** The calendar day in UTC that holds an instant. */
  dayOf(instant: Sql): Sql
  /** The day as the double yyyymmdd: 31 January 2026 is 20260131. */
  dayAsNumber(day: Sql): Sql
  /** Days from one calendar day to another, as a double; negative when the second is the earlier. */
  daysBetween(from: Sql, to: Sql): Sql
  /** Microseconds from one instant to another, as a double. */
  microsBetween(from: Sql, to: Sql): Sql
  /** Microseconds since 1970-01-01 UTC of an instant, as a whole number. */
  toMicros(instant: Sql): Sql
  /** The instant that lies this whole number of microseconds later. */
  addMicros(instant: Sql, micros: Sql): Sql
  /** Month and day of a calendar day as a whole number: 31 January is 131. */
  monthDay(day: Sql): Sql
  /** Month of a calendar day, from 1. */
  month(day: Sql): Sql
  /** Day of the week by ISO 8601: Monday is 1, Sunday 7. */
  weekday(day: Sql): Sql
  /** MD5 of a text's UTF-8, as 32 lower-case hexadecimal digits: https://www.rfc-editor.org/rfc/rfc1321 */
  md5Hex(text: Sql): Sql
  /** A whole number as decimal text. */
  integerText(value: Sql): Sql
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

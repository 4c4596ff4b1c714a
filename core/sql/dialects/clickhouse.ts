import type { TraitType } from '../../profile/profile-schema.ts'
import type { Dialect } from '../dialect.ts'
import { sql, sqlText, type BoundValue, type Sql } from '../sql.ts'

/**
 * Types of the columns that rules read, by type of trait; columns of ours that are never null have them without `Nullable`. A day counts
 * days and an instant counts microseconds since 1970-01-01 UTC, as our values do: Date32 ends in 2299 and begins in 1900, and beyond
 * that its functions answer with another day instead of failing (https://clickhouse.com/docs/sql-reference/data-types/date32). An
 * array cannot be null in ClickHouse, so a list is a variant of one type, whose null is not its empty array. Numbers are written
 * without negative zero, which sets and DISTINCT hold for another number than zero.
 */
export const clickhouseColumnTypes: Readonly<Record<TraitType, string>> = {
  text: 'Nullable(String)',
  number: 'Nullable(Float64)',
  boolean: 'Nullable(Bool)',
  date: 'Nullable(Int32)',
  datetime: 'Nullable(Int64)',
  list: 'Variant(Array(String))',
}

const boundTypes: Readonly<Record<BoundValue['type'], string>> = {
  text: 'String',
  number: 'Float64',
  boolean: 'Bool',
  date: 'Int32',
  datetime: 'Int64',
  texts: 'Array(String)',
  numbers: 'Array(Float64)',
}

/**
 * Divisions of ours round down, those of ClickHouse towards zero. So what is divided is moved first by so many whole divisors that every
 * day since the year 1 comes out above zero.
 */
const microsPerDay = 86_400_000_000n
const movedDays = 1_000_000n

/** The calendar comes round every 400 years, weekdays too. Date32 holds one such round, from 1900-01-01, which is day -25,567. */
const daysPerRound = 146_097n
const movedRounds = 10n
const daysFromStart = (day: Sql): Sql => sql`(${day} + ${sqlText(`${25_567n + movedRounds * daysPerRound}`)})`

/** The day as a Date32, moved by whole rounds into the years that it holds. */
const inRange = (day: Sql): Sql =>
  sql`toDate32(toInt32(${daysFromStart(day)} % ${sqlText(`${daysPerRound}`)} - 25567))`

const dayOfInstant = (instant: Sql): Sql =>
  sql`toInt32(intDiv(${instant} + ${sqlText(`${movedDays * microsPerDay}`)}, ${sqlText(`${microsPerDay}`)}) - ${sqlText(`${movedDays}`)})`

/** The day as the double yyyymmdd, with 400 years for each round that `inRange` took off. */
const yearMonthDay = (day: Sql): Sql =>
  sql`toFloat64(toYYYYMMDD(${inRange(day)}) + 4000000 * (intDiv(${daysFromStart(day)}, ${sqlText(`${daysPerRound}`)}) - ${sqlText(`${movedRounds}`)}))`

/** What is told of a list, or null where there is none. */
const ofList = (list: Sql, told: (items: Sql) => Sql): Sql =>
  sql`CASE WHEN ${list} IS NOT NULL THEN ${told(sql`${list}.\`Array(String)\``)} END`

/**
 * ClickHouse 26. Texts are bytes of UTF-8, compared without collation. Values are query parameters, which the engine reads after it has
 * read the statement: https://clickhouse.com/docs/sql-reference/syntax#defining-and-using-query-parameters
 */
export const clickhouseDialect: Dialect = {
  name: 'clickhouse',
  nameQuote: { open: '`', close: '`', escape: 'backslash' },
  placeholder: (position, type) => `{p${position}:${boundTypes[type]}}`,
  textContains: (text, part) => sql`(position(${text}, ${part}) > 0)`,
  textStartsWith: (text, part) => sql`startsWith(${text}, ${part})`,
  textEndsWith: (text, part) => sql`endsWith(${text}, ${part})`,
  // ClickHouse's engine is RE2: https://clickhouse.com/docs/sql-reference/functions/string-search-functions#match
  textMatches: (text, pattern) => sql`match(${text}, ${pattern})`,
  lowerAscii: (text) => sql`lower(${text})`,
  listHas: (list, text) => ofList(list, (items) => sql`has(${items}, ${text})`),
  listHasAny: (list, texts) => ofList(list, (items) => sql`hasAny(${items}, ${texts})`),
  listHasOnly: (list, texts) => ofList(list, (items) => sql`hasAll(${texts}, ${items})`),
  listIsEmpty: (list) => ofList(list, (items) => sql`empty(${items})`),
  isOneOf: (value, list) => sql`${value} IN ${list}`,
  floor: (value) => sql`floor(${value})`,
  // Adding zero takes the sign off a negative zero, which -1 × 0 makes.
  finite: (value) => sql`CASE WHEN isFinite(${value}) THEN ${value} + 0e0 END`,
  dayOf: dayOfInstant,
  dayAsNumber: yearMonthDay,
  daysBetween: (from, to) => sql`toFloat64(${to} - (${from}))`,
  microsBetween: (from, to) => sql`toFloat64(${to} - (${from}))`,
  toMicros: (instant) => instant,
  addMicros: (instant, micros) => sql`(${instant} + ${micros})`,
  monthDay: (day) => sql`(toYYYYMMDD(${inRange(day)}) % 10000)`,
  month: (day) => sql`toMonth(${inRange(day)})`,
  weekday: (day) => sql`toDayOfWeek(${inRange(day)})`,
  md5Hex: (text) => sql`lower(hex(MD5(${text})))`,
  integerText: (value) => sql`toString(${value})`,
  valueAtEarliest: (value, time, tieBreaker) => sql`argMin(${value}, (${time}, ${tieBreaker}))`,
  valueAtLatest: (value, time, tieBreaker) => sql`argMax(${value}, (${time}, ${tieBreaker}))`,
  bitAnd: (left, right) => sql`bitAnd(${left}, ${right})`,
  bitOr: (left, right) => sql`bitOr(${left}, ${right})`,
  bitOrAggregate: (value) => sql`groupBitOr(${value})`,
  bigint: (value) => sqlText(`toInt64(${value})`),
}

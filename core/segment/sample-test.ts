import type { Dialect } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import { md5Hex } from './md5.ts'
import type { SampleCondition } from './membership-conditions.ts'

/**
 * A person's place in a draw: the first 32 bits of MD5 of "salt:profile id". It depends on nothing else, so that shares are the same in
 * every engine and for ever. Hexadecimal digits are compared as texts, whose order is that of the numbers.
 */
interface Share {
  /** Eight digits, included. */
  readonly from: string
  /** Eight digits, left out; null: to the end. */
  readonly until: string | null
}

function toShare({ sample: { from, percent } }: SampleCondition): Share {
  const until = placeOf(from + percent)
  return { from: toDigits(placeOf(from)), until: until >= 2 ** 32 ? null : toDigits(until) }
}

/** The first place beyond a percentage of all. Percentages are taken to whole millionths: 0.1 and 0.2 end where 0.3 ends. */
function placeOf(percent: number): number {
  return Math.ceil((Math.round(percent * 1e6) * 2 ** 32) / 1e8)
}

function toDigits(place: number): string {
  return Math.min(place, 2 ** 32 - 1)
    .toString(16)
    .padStart(8, '0')
}

/** Where a person stands in the draw, in percent: from 0, included, to 100, left out. */
export function placeInSample({ sample: { salt } }: SampleCondition, profileId: bigint): number {
  return (Number.parseInt(digitsOf(salt, profileId), 16) / 2 ** 32) * 100
}

const digitsOf = (salt: string, profileId: bigint): string => md5Hex(`${salt}:${profileId}`).slice(0, 8)

/** True for a person in the share. */
export function isInSample(condition: SampleCondition, profileId: bigint): boolean {
  const place = digitsOf(condition.sample.salt, profileId)
  const { from, until } = toShare(condition)
  return place >= from && (until === null || place < until)
}

const text = (value: string): Sql => sql`${{ type: 'text', value }}`

/** SQL with the same truth for a column that holds profile ids. */
export function compileSample(condition: SampleCondition, profileId: Sql, dialect: Dialect): Sql {
  const { from, until } = toShare(condition)
  const place = dialect.md5Hex(sql`${text(`${condition.sample.salt}:`)} || ${dialect.integerText(profileId)}`)
  const tests = [sql`${place} >= ${text(from)}`, ...(until === null ? [] : [sql`${place} < ${text(until)}`])]
  return sql`(${joinSql(tests, ' AND ')})`
}

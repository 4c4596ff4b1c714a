import type { Comparison, ComparisonLevel } from '../../../core/identity/matching.ts'
import {
  frequencyColumn,
  letterColumns,
  nicknameColumn,
  soundColumn,
  valueColumn,
  type Codings,
} from './linkable-columns.ts'

/** SQL that holds when the pair `l`, `r` of `linkable` reaches a level of the comparison on `on`. */
function conditionOf(on: string, level: ComparisonLevel, codings: Codings): string {
  const [left, right] = [`l.${valueColumn(on)}`, `r.${valueColumn(on)}`]
  const letters = letterColumns(on, codings)
  if (typeof level === 'string') return namedConditions[level](left, right, { on, letters })
  if ('jaro_winkler' in level)
    return inEach(letters, (a, b) => `jaro_winkler_similarity(${a}, ${b}) >= ${level.jaro_winkler}`)
  if ('levenshtein' in level)
    return inEach(letters, (a, b) => `levenshtein(${a}, ${b}) <= ${level.levenshtein}`)
  if ('damerau_levenshtein' in level) return damerauSql(letters, level.damerau_levenshtein)
  if ('same_start' in level) return `left(${left}, ${level.same_start}) = left(${right}, ${level.same_start})`
  if ('sounds_like' in level) {
    const sound = soundColumn({ on, method: level.sounds_like })
    return `l.${sound} = r.${sound}`
  }
  if ('days' in level)
    return `abs(date_diff('day', try_cast(${left} AS DATE), try_cast(${right} AS DATE))) <= ${level.days}`
  if ('km' in level) return distanceSql(on, level.km)
  const other = valueColumn(level.swapped_with)
  return `(${left} = r.${other} AND l.${other} = ${right})`
}

/** Two letters that one coding does not tell apart, another one does: what holds in each coding holds of the values. */
const inEach = (columns: readonly string[], condition: (left: string, right: string) => string): string =>
  `(${columns.map((column) => condition(`l.${column}`, `r.${column}`)).join(' AND ')})`

/**
 * DuckDB's `damerau_levenshtein` takes five times as long as `levenshtein`, which is at most twice as much, as a swap is two
 * replacements. Most pairs are told by that, or by their lengths.
 */
const damerauSql = (columns: readonly string[], most: number): string =>
  inEach(
    columns,
    (a, b) =>
      `abs(strlen(${a}) - strlen(${b})) <= ${most} AND levenshtein(${a}, ${b}) <= ${2 * most} AND damerau_levenshtein(${a}, ${b}) <= ${most}`,
  )

/**
 * Whether a pair takes long to be compared: an edit distance takes some ten times as long as Jaro and Winkler's similarity, which
 * takes five times as long as a look at whether two values are equal.
 */
export const isSlow = ({ levels }: Comparison): boolean =>
  levels.some((level) =>
    typeof level === 'string'
      ? level === 'date_typo'
      : 'damerau_levenshtein' in level || 'levenshtein' in level || 'days' in level || 'km' in level,
  )

/** Whether values are compared letter by letter, so that each letter must take one byte. */
export const isByLetter = ({ levels }: Comparison): boolean =>
  levels.some((level) =>
    typeof level === 'string'
      ? level === 'date_typo'
      : 'jaro_winkler' in level || 'damerau_levenshtein' in level || 'levenshtein' in level,
  )

type NamedLevel = Extract<ComparisonLevel, string>

interface Columns {
  readonly on: string
  readonly letters: readonly string[]
}

const namedConditions: Readonly<
  Record<NamedLevel, (left: string, right: string, columns: Columns) => string>
> = {
  exact: (left, right) => `${left} = ${right}`,
  nickname: (_left, right, { on }) => `list_contains(l.${nicknameColumn(on)}, ${right})`,
  mailbox: (left, right) => `split_part(${left}, '@', 1) = split_part(${right}, '@', 1)`,
  // Year, then the day in the month's place and the other way round.
  date_typo: (left, right, { letters }) => `(${damerauSql(letters, 1)} OR
    (left(${left}, 4) = left(${right}, 4) AND substr(${left}, 6, 2) = substr(${right}, 9, 2)
      AND substr(${left}, 9, 2) = substr(${right}, 6, 2)))`,
}

/** Great-circle distance (haversine) on a sphere of 6,371 km, the mean radius of the IUGG. */
function distanceSql(on: string, { within, longitude }: { within: number; longitude: string }): string {
  const [latitude1, latitude2] = [radiansSql('l', on), radiansSql('r', on)]
  const turn = `pow(sin((${radiansSql('r', longitude)} - ${radiansSql('l', longitude)}) / 2), 2)`
  const rise = `pow(sin((${latitude2} - ${latitude1}) / 2), 2)`
  return `2 * 6371 * asin(least(1, sqrt(${rise} + cos(${latitude1}) * cos(${latitude2}) * ${turn}))) <= ${within}`
}

const radiansSql = (side: 'l' | 'r', name: string): string =>
  `radians(try_cast(${side}.${valueColumn(name)} AS DOUBLE))`

/** SQL of what a pair is given for the level it reaches: `values` by level, 0 for "different"; `missing` where a value is missing. */
function byLevel(
  { on, levels }: Comparison,
  codings: Codings,
  values: readonly string[],
  missing: string,
): string {
  const value = valueColumn(on)
  const branches = levels.map((level, index) => {
    const reached = values[levels.length - index] ?? missing
    return `WHEN ${conditionOf(on, level, codings)} THEN ${reached}`
  })
  return `CASE WHEN l.${value} IS NULL OR r.${value} IS NULL THEN ${missing} ${branches.join(' ')} ELSE ${values[0] ?? missing} END`
}

/** The level that a pair reaches, as a small integer: -1 where a value is missing, 0 for "different". */
export function levelSql(comparison: Comparison, codings: Codings): string {
  const levels = [0, ...comparison.levels.map((_, index) => index + 1)]
  return `(${byLevel(comparison, codings, levels.map(String), '-1')})::TINYINT`
}

/** What a comparison adds to the weight of a pair, by level. */
export interface WeighedComparison {
  readonly comparison: Comparison
  readonly weights: readonly number[]
  /** Chance that two people have an equal value. */
  readonly chanceOfEqual: number
}

/**
 * The weight that a pair gets from one comparison. With term frequencies, an equal value weighs by its own frequency instead of the
 * average one (Winkler 2000; Splink's term-frequency adjustment): log2(m / frequency) = log2(m / u) + log2(u) - log2(frequency).
 */
export function weightSql(
  { comparison, weights, chanceOfEqual }: WeighedComparison,
  codings: Codings,
): string {
  const texts = weights.map((weight, level) => {
    if (!weighsByFrequency(comparison) || level < weights.length - 1) return number(weight)
    return `(${number(weight + Math.log2(chanceOfEqual))} - l.${frequencyColumn(comparison.on)})`
  })
  return byLevel(comparison, codings, texts, number(0))
}

const weighsByFrequency = ({ term_frequency: asked, levels }: Comparison): boolean =>
  asked && levels[0] === 'exact'

/** The most that a comparison can add to the weight of a pair of so many records: no value is rarer than one of them. */
export function mostWeight(
  { comparison, weights, chanceOfEqual }: WeighedComparison,
  records: number,
): number {
  const rarest = (weights.at(-1) ?? 0) + Math.log2(chanceOfEqual * records)
  return Math.max(0, ...weights, ...(weighsByFrequency(comparison) ? [rarest] : []))
}

const number = (value: number): string => `${value.toFixed(6)}::FLOAT`

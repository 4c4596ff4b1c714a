import type { Comparison, ComparisonLevel } from '../../../core/identity/matching.ts'
import { frequencyColumn, nicknameColumn, soundColumn, valueColumn } from './linkable-columns.ts'

/** SQL that holds when the pair `l`, `r` of `linkable` reaches a level of the comparison on `on`. */
function conditionOf(on: string, level: ComparisonLevel): string {
  const [left, right] = [`l.${valueColumn(on)}`, `r.${valueColumn(on)}`]
  if (typeof level === 'string') return namedConditions[level](left, right, on)
  if ('jaro_winkler' in level) return `jaro_winkler_similarity(${left}, ${right}) >= ${level.jaro_winkler}`
  if ('levenshtein' in level) return `levenshtein(${left}, ${right}) <= ${level.levenshtein}`
  if ('damerau_levenshtein' in level)
    return `damerau_levenshtein(${left}, ${right}) <= ${level.damerau_levenshtein}`
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

type NamedLevel = Extract<ComparisonLevel, string>

const namedConditions: Readonly<Record<NamedLevel, (left: string, right: string, on: string) => string>> = {
  exact: (left, right) => `${left} = ${right}`,
  nickname: (_left, right, on) => `list_contains(l.${nicknameColumn(on)}, ${right})`,
  mailbox: (left, right) => `split_part(${left}, '@', 1) = split_part(${right}, '@', 1)`,
  // Year, then the day in the month's place and the other way round.
  date_typo: (left, right) => `(damerau_levenshtein(${left}, ${right}) <= 1 OR
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
function byLevel({ on, levels }: Comparison, values: readonly string[], missing: string): string {
  const value = valueColumn(on)
  const branches = levels.map((level, index) => {
    const reached = values[levels.length - index] ?? missing
    return `WHEN ${conditionOf(on, level)} THEN ${reached}`
  })
  return `CASE WHEN l.${value} IS NULL OR r.${value} IS NULL THEN ${missing} ${branches.join(' ')} ELSE ${values[0] ?? missing} END`
}

/** The level that a pair reaches, as a small integer: -1 where a value is missing, 0 for "different". */
export function levelSql(comparison: Comparison): string {
  const levels = [0, ...comparison.levels.map((_, index) => index + 1)]
  return `(${byLevel(comparison, levels.map(String), '-1')})::TINYINT`
}

/**
 * The weight that a pair gets from one comparison. With term frequencies, an equal value weighs by its own frequency instead of the
 * average one (Winkler 2000; Splink's term-frequency adjustment): log2(m / frequency) = log2(m / u) + log2(u) - log2(frequency).
 */
export function weightSql(comparison: Comparison, weights: readonly number[], chanceOfEqual: number): string {
  const exactFirst = comparison.levels[0] === 'exact'
  const texts = weights.map((weight, level) => {
    if (!comparison.term_frequency || !exactFirst || level < weights.length - 1) return number(weight)
    return `(${number(weight + Math.log2(chanceOfEqual))} - l.${frequencyColumn(comparison.on)})`
  })
  return byLevel(comparison, texts, number(0))
}

const number = (value: number): string => `${value.toFixed(6)}::FLOAT`

import { operatorNames, type OperatorName } from '../operator-names.ts'

/** How each operator is written, by keywords and symbols. Some go on behind their value: "… ago", "… from now", "… years old". */
export const operatorPhrases: Readonly<Record<OperatorName, string>> = {
  equals: '=',
  not_equals: '!=',
  in: 'in',
  not_in: 'not in',
  contains: 'contains',
  not_contains: 'does not contain',
  contains_any: 'contains any of',
  contains_all: 'contains all of',
  contains_none: 'contains none of',
  contains_only: 'contains only',
  starts_with: 'starts with',
  ends_with: 'ends with',
  matches: 'matches',
  is_empty: 'is empty',
  at_least: '>=',
  at_most: '<=',
  more_than: '>',
  less_than: '<',
  between: 'between',
  before: 'before',
  after: 'after',
  within_last: 'within last',
  more_than_ago: 'more than',
  within_next: 'within next',
  more_than_ahead: 'more than',
  during: 'during',
  anniversary: 'has anniversary',
  day_of_week: 'on',
  month: 'in month',
  at_least_age: 'at least',
  exists: 'is known',
  missing: 'is missing',
}

/** Other ways to write them that are read too. */
const aliases: readonly (readonly [string, OperatorName])[] = [
  ['==', 'equals'],
  ['is', 'equals'],
  ['equals', 'equals'],
  ['<>', 'not_equals'],
  ['≠', 'not_equals'],
  ['is not', 'not_equals'],
  ['is one of', 'in'],
  ['is in', 'in'],
  ['is none of', 'not_in'],
  ['is not in', 'not_in'],
  ['not contains', 'not_contains'],
  ['contains any', 'contains_any'],
  ['contains all', 'contains_all'],
  ['contains none', 'contains_none'],
  ['contains only of', 'contains_only'],
  ['contains nothing but', 'contains_only'],
  ['≥', 'at_least'],
  ['≤', 'at_most'],
  ['at most', 'at_most'],
  ['less than', 'less_than'],
  ['is at least', 'at_least_age'],
  ['is at most', 'at_most'],
  ['is more than', 'more_than_ago'],
  ['is less than', 'less_than'],
  ['is between', 'between'],
  ['is before', 'before'],
  ['is after', 'after'],
  ['within the last', 'within_last'],
  ['in the last', 'within_last'],
  ['is within the last', 'within_last'],
  ['within the next', 'within_next'],
  ['in the next', 'within_next'],
  ['is during', 'during'],
  ['anniversary', 'anniversary'],
  ['is on', 'day_of_week'],
  ['is in month', 'month'],
  ['is not missing', 'exists'],
  ['is not known', 'missing'],
]

const readings: readonly (readonly [string, OperatorName])[] = [
  ...operatorNames.map((op) => [operatorPhrases[op], op] as const),
  ...aliases,
].toSorted(([a], [b]) => b.split(' ').length - a.split(' ').length)

/** Everything that is read as an operator, by its first word; the longest first where one begins another. */
export const operatorReadings: ReadonlyMap<string, readonly (readonly [string, OperatorName])[]> =
  Map.groupBy(readings, ([phrase]) => phrase.split(' ')[0] ?? '')

/** First words of operators: what a misspelt one is held against. */
export const operatorWords: readonly string[] = [...operatorReadings.keys()]

/** A stretch of a rule's text, as offsets in UTF-16 units; the end is not part of it. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

/**
 * A piece of a rule's text. `word`: a keyword or a name; `name`: a name in back-quotes, which is never a keyword; `text`: between
 * quotes; `month_day`: "02-29". `value` is what it stands for: the text without its quotes, a number as it was written.
 */
export interface Token extends TextSpan {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'date' | 'month_day' | 'symbol' | 'end'
  readonly value: string
}

import { distance } from 'fastest-levenshtein'
import { AffluentError } from '../../errors/affluent-error.ts'
import type { TextSpan } from './token.ts'

/** What may be expected at a place of a rule's text; the words for it are in `cli.json` under `rule_text.expected`. */
export type ExpectedText =
  | 'age'
  | 'and_or'
  | 'anniversary'
  | 'between'
  | 'character'
  | 'comma'
  | 'comparison'
  | 'condition'
  | 'consent_state'
  | 'coordinate'
  | 'country'
  | 'currency'
  | 'duration'
  | 'event'
  | 'field_name'
  | 'function'
  | 'month'
  | 'number'
  | 'object_name'
  | 'one_window'
  | 'percent'
  | 'period'
  | 'quote'
  | 'radius'
  | 'escape'
  | 'salt'
  | 'steps'
  | 'terms'
  | 'top'
  | 'truth'
  | 'value'
  | 'weekday'
  | 'window'
  | 'word'
  | 'length'

/** What was wrong at a place of a text. */
export interface TextProblem {
  readonly expected: ExpectedText
  /** The very words that are expected, where there are few. */
  readonly wanted?: string
  /** What was probably meant. */
  readonly suggestion?: string
}

/** Where a stretch of text stands as people count: line and column from 1, the line itself, and a line that points at it. */
export interface TextPlace {
  readonly line: number
  readonly column: number
  readonly excerpt: string
  readonly caret: string
}

/** Characters of a line that are shown on each side of a place. */
const shownAround = 50

/** Finds the line and column of a stretch, and cuts the line to what fits a screen. */
export function placeInText(text: string, { start, end }: TextSpan): TextPlace {
  const before = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', start)
  const after = lineEnd === -1 ? text.length : lineEnd
  const from = Math.max(before, start - shownAround)
  const to = Math.min(after, Math.max(start, Math.min(end, start + shownAround)) + shownAround)
  const head = from > before ? '…' : ''
  const excerpt = `${head}${text.slice(from, to)}${to < after ? '…' : ''}`.replaceAll(/\s/g, ' ')
  const width = Math.max(1, Math.min(end, to) - start)
  const column = head.length + start - from
  return {
    line: countLines(text, start),
    column: start - before + 1,
    excerpt,
    caret: `${' '.repeat(column)}${'^'.repeat(width)}`,
  }
}

function countLines(text: string, end: number): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

/** Longest piece of a text that an error quotes. */
const longestFound = 40

/**
 * Error of a rule's text that cannot be read. Params: `line`, `column` (from 1), `offset` (UTF-16 units from 0), `expected` (an
 * `ExpectedText`), `wanted`, `found` ("" where the text ends), `where` ("end" or "token"), `suggestion` ("" where nothing is near),
 * `excerpt` and `caret`.
 */
export function ruleTextError(text: string, span: TextSpan, problem: TextProblem): AffluentError {
  const found = text.slice(span.start, Math.min(span.end, span.start + longestFound))
  return new AffluentError('segment.text_invalid', {
    ...placeInText(text, span),
    offset: span.start,
    expected: problem.expected,
    wanted: problem.wanted ?? '',
    found,
    where: found === '' ? 'end' : 'token',
    suggestion: problem.suggestion ?? '',
  })
}

/** Words of other languages and habits, with the keyword that they stand for. */
const otherWords: Readonly<Record<string, string>> = {
  et: 'and',
  ou: 'or',
  non: 'not',
  dans: 'in',
  like: 'contains',
  contient: 'contains',
  entre: 'between',
  avant: 'before',
  apres: 'after',
  '&': 'and',
  '|': 'or',
  '!': 'not',
  ';': ',',
}

/** The known word that was probably meant; "" where none is near, or the word itself is known: then it stands at the wrong place. */
export function nearestWord(found: string, known: readonly string[]): string {
  const word = found.toLowerCase().slice(0, 64)
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  if (other !== undefined && known.includes(other)) return other
  if (word.length < 2 || known.includes(word)) return ''
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits)
  const most = word.length <= 4 ? 1 : 2
  return nearest && nearest.edits <= most ? nearest.candidate : ''
}

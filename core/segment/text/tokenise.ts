import { readQuoted } from './read-quoted.ts'
import { nearestWord, ruleTextError } from './rule-text-error.ts'
import type { Token } from './token.ts'

/** Longest text of a rule in UTF-16 units: more than a manifest file can hold, however it is escaped. */
const longestRuleText = 4_000_000

/** Each at the place where the last token ended; none of them backtracks over more than it takes. */
const shapes: readonly { readonly kind: Token['kind']; readonly shape: RegExp }[] = [
  {
    kind: 'date',
    shape: /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)?(?![\d:])/y,
  },
  { kind: 'month_day', shape: /\d{2}-\d{2}(?![\d-])/y },
  { kind: 'number', shape: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y },
  { kind: 'word', shape: /[\p{L}_][\p{L}\p{M}\p{N}_-]*/uy },
  { kind: 'name', shape: /`[^`\n]*`/y },
  { kind: 'symbol', shape: /[<>!=]=|<>|[=<>≥≤≠(),.%+*-]/y },
]

const space = /\s*/y

/** Cuts a rule's text into tokens, the last of kind `end`. Linear in the text. Throws `segment.text_invalid`. */
export function tokenise(text: string): readonly Token[] {
  if (text.length > longestRuleText)
    throw ruleTextError(text, { start: longestRuleText, end: longestRuleText }, { expected: 'length' })
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const token = readQuoted(text, at) ?? readToken(text, at)
    tokens.push(token)
    at = skipSpace(text, token.end)
  }
  return [...tokens, { kind: 'end', value: '', start: text.length, end: text.length }]
}

function skipSpace(text: string, at: number): number {
  space.lastIndex = at
  space.test(text)
  return space.lastIndex
}

function readToken(text: string, start: number): Token {
  for (const { kind, shape } of shapes) {
    shape.lastIndex = start
    const match = shape.exec(text)
    if (!match) continue
    const [raw] = match
    const token = { kind, value: kind === 'name' ? raw.slice(1, -1) : raw, start, end: start + raw.length }
    if (kind === 'number' && !isExact(raw)) throw ruleTextError(text, token, { expected: 'number' })
    return token
  }
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0)
  const suggestion = nearestWord(character, ['and', 'or', 'not', ','])
  const span = { start, end: start + character.length }
  throw ruleTextError(text, span, { expected: character === '`' ? 'quote' : 'character', suggestion })
}

/** A whole number beyond 2^53 written in digits would silently become another one. */
function isExact(raw: string): boolean {
  const value = Number(raw)
  return Number.isFinite(value) && (!/^-?\d+$/.test(raw) || Number.isSafeInteger(value))
}

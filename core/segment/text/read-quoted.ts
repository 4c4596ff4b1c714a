import { ruleTextError } from './rule-text-error.ts'
import type { Token } from './token.ts'

/** Quotes that open a text, with those that close it; word processors bend them. */
const closers: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '‘': '’', '«': '»' }

/** French typography puts a space inside guillemets, which is none of the text: U+0020, U+00A0 or U+202F. */
const innerSpaces = /^[ \u00A0\u202F]|[ \u00A0\u202F]$/g

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '”': '”',
  '’': '’',
  '»': '»',
}

/** Reads a text between quotes, with JSON's escapes. Undefined where no quote stands. Throws `segment.text_invalid`. */
export function readQuoted(text: string, start: number): Token | undefined {
  const closer = closers[text.charAt(start)]
  if (closer === undefined) return undefined
  const parts: string[] = []
  let from = start + 1
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '\n') break
    if (character === closer) {
      parts.push(text.slice(from, at))
      return { kind: 'text', value: withoutFrame(parts.join(''), closer), start, end: at + 1 }
    }
    if (character !== '\\') continue
    const { value, length } = readEscape(text, at)
    parts.push(text.slice(from, at), value)
    at += length - 1
    from = at + 1
  }
  throw ruleTextError(text, { start, end: start + 1 }, { expected: 'quote', wanted: closer })
}

const withoutFrame = (text: string, closer: string): string =>
  closer === '»' ? text.replaceAll(innerSpaces, '') : text

function readEscape(text: string, at: number): { readonly value: string; readonly length: number } {
  const letter = text.charAt(at + 1)
  const value = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  if (value !== undefined) return { value, length: 2 }
  const digits = text.slice(at + 2, at + 6)
  if (letter === 'u' && /^[0-9A-Fa-f]{4}$/.test(digits))
    return { value: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 }
  throw ruleTextError(text, { start: at, end: at + 2 }, { expected: 'escape' })
}

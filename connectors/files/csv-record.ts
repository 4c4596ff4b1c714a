import type { Reason } from '../../core/connector/outcome.ts'
import { fault } from './row.ts'

/** Most lines that one quoted record may span; beyond that a quote was left open. */
const maxRecordLines = 256

/**
 * A record that holds quotes: its values, or its fault, and the physical lines up to there. Undefined when the text ends inside of
 * quotes.
 */
export type QuotedRecord = (
  | { readonly values: string[]; readonly end: number }
  | { readonly fault: Reason; readonly end: number }
) & { readonly lines: number }

export const unclosedQuote = fault(
  'unclosed_quote',
  `A quoted value is not closed within ${maxRecordLines} lines and 1 MiB.`,
)
const strayQuote = fault('invalid_quotes', 'A quote stands inside of a value that is not quoted.')
const afterQuote = fault('invalid_quotes', 'Text follows a closing quote.')

/**
 * Reads one record from `start` by RFC 4180, strictly: a value is quoted from its first character or not at all, a quote within is
 * doubled. `end` is the index of the line end (or the end of the text).
 */
export function parseQuotedRecord(text: string, start: number, delimiter: string): QuotedRecord | undefined {
  const values: string[] = []
  let lines = 1
  let at = start
  for (;;) {
    if (text[at] === '"') {
      const close = findClosingQuote(text, at + 1)
      if (close < 0) {
        lines += countLines(text, at, text.length)
        return lines > maxRecordLines ? { fault: unclosedQuote, end: text.length, lines } : undefined
      }
      const value = text.slice(at + 1, close)
      lines += countLines(text, at, close)
      if (lines > maxRecordLines) return { fault: unclosedQuote, end: close, lines }
      values.push(value.includes('"') ? value.replaceAll('""', '"') : value)
      at = close + 1
    } else {
      const end = endOfPlainValue(text, at, delimiter)
      const value = text.slice(at, end)
      if (value.includes('"')) return { fault: strayQuote, end, lines }
      values.push(value)
      at = end
    }
    if (text[at] === delimiter) {
      at += 1
      continue
    }
    const end = text[at] === '\r' ? at + 1 : at
    return end === text.length || text[end] === '\n'
      ? { values, end, lines }
      : { fault: afterQuote, end, lines }
  }
}

/** Index of the quote that ends a quoted value; -1 when there is none. */
function findClosingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

function endOfPlainValue(text: string, from: number, delimiter: string): number {
  const line = text.indexOf('\n', from)
  let end = line < 0 ? text.length : line
  if (text[end - 1] === '\r' && end > from) end -= 1
  const cut = text.indexOf(delimiter, from)
  return cut >= 0 && cut < end ? cut : end
}

function countLines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

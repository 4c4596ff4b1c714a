import { PatternFault } from './pattern-fault.ts'
import { quote, type PatternReader } from './pattern-reader.ts'

/** A class as RE2 text. Its size counts its ranges, as each costs the engine a branch. */
interface ClassText {
  readonly text: string
  readonly size: number
}

/** Reads a class of characters, whose "[" was taken. */
export function readCharacterClass(reader: PatternReader): ClassText | PatternFault {
  let text = reader.take('^') ? '[^' : '['
  let size = 0
  while (!reader.take(']')) {
    const item = readItem(reader)
    if (item instanceof PatternFault) return item
    text += item
    size += 1
  }
  return size === 0 ? reader.fault('an empty class') : { text: `${text}]`, size: Math.max(1, size / 4) }
}

function readItem(reader: PatternReader): string | PatternFault {
  const first = readEnd(reader)
  if (first instanceof PatternFault || !isLiteral(first))
    return first instanceof PatternFault ? first : first.text
  if (reader.next !== '-' || reader.rest.startsWith('-]')) return spanOf(first.literal, first.literal, reader)
  reader.take('-')
  const last = readEnd(reader)
  if (last instanceof PatternFault) return last
  if (!isLiteral(last)) return reader.fault('a range that ends in a class')
  if (codeOf(first.literal) > codeOf(last.literal))
    return reader.fault('a range whose larger end stands first')
  return spanOf(first.literal, last.literal, reader)
}

interface RangeEnd {
  readonly text: string
  readonly literal: string | undefined
}

function isLiteral(end: RangeEnd): end is RangeEnd & { readonly literal: string } {
  return end.literal !== undefined
}

function readEnd(reader: PatternReader): RangeEnd | PatternFault {
  if (reader.isAtEnd) return reader.fault('a "[" without "]"')
  if (reader.next === '[') return reader.fault('a "[" inside a class (write \\[)')
  if (reader.next === '\\') return reader.takeEscape()
  const literal = reader.takeOne()
  return { text: quote(literal), literal }
}

/** A range, and what it holds of the letters A to Z in the other case too when the case is ignored. */
function spanOf(first: string, last: string, { ignoreCase }: PatternReader): string {
  const own = first === last ? quote(first) : `${quote(first)}-${quote(last)}`
  if (!ignoreCase) return own
  return (
    own +
    inOtherCase(first, last, { from: 65, shift: 32 }) +
    inOtherCase(first, last, { from: 97, shift: -32 })
  )
}

function inOtherCase(
  first: string,
  last: string,
  { from, shift }: { readonly from: number; readonly shift: number },
): string {
  const low = Math.max(codeOf(first), from)
  const high = Math.min(codeOf(last), from + 25)
  if (low > high) return ''
  return `${String.fromCodePoint(low + shift)}-${String.fromCodePoint(high + shift)}`
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

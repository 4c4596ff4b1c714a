import { readCharacterClass } from './character-class.ts'
import { PatternFault } from './pattern-fault.ts'
import { literalOf, PatternReader } from './pattern-reader.ts'

/** Longest pattern, in characters, and most single characters that it may stand for once its repetitions are written out. */
const patternLimits = { length: 500, size: 1000, depth: 20 } as const

/** A part of a pattern: its RE2 text, and how many characters it stands for with all repetitions written out. */
interface Part {
  readonly text: string
  readonly size: number
}

/**
 * Reads a pattern and writes it as RE2 text: literals, ".", classes, "^", "$", "\b", groups, "|" and repetitions. What engines read
 * differently or in more than linear time is refused with its place: look-around, back-references, flags, Unicode classes. "." is any
 * character, also a line break; "^" and "$" are the ends of the text. With `ignoreCase`, A to Z stand for a to z and the reverse.
 */
export function readPattern(pattern: string, ignoreCase: boolean): string | PatternFault {
  const reader = new PatternReader(pattern, ignoreCase)
  if (reader.length > patternLimits.length) return new PatternFault('a pattern that is too long', 1)
  const read = readAlternatives(reader, 0)
  if (read instanceof PatternFault) return read
  if (!reader.isAtEnd) return reader.fault('a ")" without "("')
  // ClickHouse lets "." match line breaks and RE2 itself does not, so it is said.
  return `(?s)${read.text}`
}

function readAlternatives(reader: PatternReader, depth: number): Part | PatternFault {
  if (depth > patternLimits.depth) return reader.fault('too many groups inside each other')
  let text = ''
  let size = 0
  while (!reader.isAtEnd && reader.next !== ')') {
    if (reader.take('|')) {
      text += '|'
      continue
    }
    const part = readRepeated(reader, depth)
    if (part instanceof PatternFault) return part
    text += part.text
    size += part.size
    if (size > patternLimits.size) return reader.fault('repetitions that are too long')
  }
  return { text, size }
}

function readRepeated(reader: PatternReader, depth: number): Part | PatternFault {
  if (reader.take('^')) return endOf(reader, '^')
  if (reader.take('$')) return endOf(reader, '$')
  if (reader.take('\\b')) return endOf(reader, '\\b')
  const atom = readAtom(reader, depth)
  if (atom instanceof PatternFault) return atom
  const repetition = readRepetition(reader)
  if (repetition instanceof PatternFault) return repetition
  const size = Math.max(1, atom.size) * repetition.most
  if (size > patternLimits.size) return reader.fault('repetitions that are too long')
  return { text: atom.text + repetition.text, size }
}

/** An assertion has no length, so that repeating it means nothing. */
function endOf(reader: PatternReader, text: string): Part | PatternFault {
  return reader.isAtRepetition ? reader.fault('a repetition of nothing') : { text, size: 0 }
}

function readAtom(reader: PatternReader, depth: number): Part | PatternFault {
  if (reader.isAtRepetition) return reader.fault('a repetition of nothing')
  if (reader.take('(')) return readGroup(reader, depth)
  if (reader.take('[')) return readCharacterClass(reader)
  if (reader.take('.')) return { text: '.', size: 1 }
  if (reader.next === '\\') {
    const escaped = reader.takeEscape()
    if (escaped instanceof PatternFault) return escaped
    const text = escaped.literal === undefined ? escaped.text : literalOf(escaped.literal, reader.ignoreCase)
    return { text, size: 1 }
  }
  if (reader.next === ']' || reader.next === '}')
    return reader.fault(`a "${reader.next}" without its opening (write \\${reader.next})`)
  return { text: literalOf(reader.takeOne(), reader.ignoreCase), size: 1 }
}

function readGroup(reader: PatternReader, depth: number): Part | PatternFault {
  if (!reader.take('?:') && reader.next === '?')
    return reader.fault('a look-ahead, look-behind, named group or flag')
  const inner = readAlternatives(reader, depth + 1)
  if (inner instanceof PatternFault) return inner
  if (!reader.take(')')) return reader.fault('a "(" without ")"')
  return { text: `(?:${inner.text})`, size: inner.size }
}

/** How often the part before may stand; `most` counts how often it is written out. */
interface Repetition {
  readonly text: string
  readonly most: number
}

const bounds = /^\{(\d{1,4})(,(\d{0,4}))?\}/

function readRepetition(reader: PatternReader): Repetition | PatternFault {
  const simple = ['*', '+', '?'].find((mark) => reader.take(mark))
  const counted = simple === undefined && reader.next === '{' ? readBounds(reader) : undefined
  if (counted instanceof PatternFault) return counted
  const found = counted ?? { text: simple ?? '', most: 1 }
  // "As few as possible" changes which part is found, never whether one is: it is read and left out.
  if (found.text !== '') reader.take('?')
  return reader.isAtRepetition && found.text !== '' ? reader.fault('a repetition of a repetition') : found
}

function readBounds(reader: PatternReader): Repetition | PatternFault {
  const match = bounds.exec(reader.rest)
  if (!match) return reader.fault('a "{" that is no repetition (write \\{)')
  const [text, least = '', comma, most = ''] = match
  const isReversed = most !== '' && Number(most) < Number(least)
  if (isReversed) return reader.fault('a repetition whose larger number stands first')
  reader.take(text)
  return { text, most: Math.max(1, Number(most === '' ? least : most) + (comma === ',' ? 1 : 0)) }
}

import type { OperatorName } from '../operator-names.ts'
import type { Operand } from '../rule.ts'
import { operatorReadings, operatorWords } from './operator-phrases.ts'
import { hasNoOperand, isMonthWord, readOperand } from './read-operand.ts'
import type { TokenReader } from './token-reader.ts'
import type { TextSpan, Token } from './token.ts'

/** An operator with what it compares with, as conditions hold them, and where both stand. */
interface ReadComparison {
  readonly asked: { readonly op: OperatorName; readonly value?: Operand }
  readonly spans: { readonly op: TextSpan; readonly value: TextSpan | undefined }
}

/** Reads an operator and its operand. */
export function readComparison(reader: TokenReader): ReadComparison {
  const sign = reader.peek()
  const age = readAge(reader)
  if (age) return age
  const written = readOperator(reader)
  const op = reader.spanFrom(sign.start)
  if (hasNoOperand(written)) return { asked: { op: written }, spans: { op, value: undefined } }
  const { start: from, kind } = reader.peek()
  const name = plainNames.get(written) ?? written
  const value = readOperand(reader, name)
  const meant = toTime(reader, { name, value, isSign: sign.kind === 'symbol', kind })
  return { asked: meant, spans: { op, value: reader.spanFrom(from) } }
}

/** Operators that share their words with one that compares numbers; what stands behind the value tells them apart. */
const plainNames: ReadonlyMap<OperatorName, OperatorName> = new Map([
  ['at_least_age', 'at_least'],
  ['more_than_ago', 'more_than'],
  ['more_than_ahead', 'more_than'],
])

interface ReadPhrase {
  readonly name: OperatorName
  readonly value: Operand
  readonly isSign: boolean
  /** Of what the value was made: only words that no quotes mark can say "ago". */
  readonly kind: Token['kind']
}

/** What a comparison with a time means, by how it is written: "> 2026-01-31", "more than 30 days ago", "more than 30 days from now". */
const timely = {
  more_than: { beyond: 'after', ago: 'more_than_ago', ahead: 'more_than_ahead' },
  less_than: { beyond: 'before', ago: 'within_last', ahead: 'within_next' },
} as const

interface Asked {
  readonly op: OperatorName
  readonly value: Operand
}

/** Times are more or less than numbers are: compared with another time, or by how far away they lie. */
function toTime(reader: TokenReader, { name, value, isSign, kind }: ReadPhrase): Asked {
  if ((name !== 'more_than' && name !== 'less_than') || typeof value !== 'string') return { op: name, value }
  const meant = timely[name]
  const ago = kind === 'number' && value.endsWith(' ago') ? value.slice(0, -4) : undefined
  if (kind === 'date' || (isSign && ago !== undefined)) return { op: meant.beyond, value }
  if (ago !== undefined) return { op: meant.ago, value: ago }
  return { op: readDirection(reader, meant) ?? name, value }
}

/** "ago" or "from now", behind a length. */
function readDirection(
  reader: TokenReader,
  meant: (typeof timely)['more_than' | 'less_than'],
): OperatorName | undefined {
  if (reader.take('ago')) return meant.ago
  return reader.take('from now') || reader.take('ahead') ? meant.ahead : undefined
}

function readOperator(reader: TokenReader): OperatorName {
  if (reader.isNext('in') && isMonthWord(reader.peek(1).value) && reader.peek(1).kind === 'word') {
    reader.next()
    return 'month'
  }
  const readings = operatorReadings.get(reader.peek().value.toLowerCase()) ?? []
  const found = readings.find(([phrase]) => reader.take(phrase))
  return found ? found[1] : reader.fail('comparison', operatorWords)
}

/** "at least 21 years old": an age, and no number. */
function readAge(reader: TokenReader): ReadComparison | undefined {
  const { start } = reader.peek()
  const words = ['is at least', 'at least'].find((phrase) => reader.isNext(phrase))
  if (words === undefined) return undefined
  const at = words.split(' ').length
  const [amount, unit] = [reader.peek(at), reader.peek(at + 1).value.toLowerCase()]
  if (amount.kind !== 'number' || !/^years?$/.test(unit) || !reader.isNext('old', at + 2)) return undefined
  reader.take(words)
  const op = reader.spanFrom(start)
  const value = Number(reader.next().value)
  reader.next()
  reader.expect('old')
  return { asked: { op: 'at_least_age', value }, spans: { op, value: amount } }
}

/** "ignoring case" and its opposite. */
export function readCase(reader: TokenReader): { readonly ignore_case?: boolean } {
  if (reader.take('ignoring case')) return { ignore_case: true }
  return reader.take('respecting case') ? { ignore_case: false } : {}
}

/** "if missing true": what the condition is where it is unknown. */
export function readIfMissing(reader: TokenReader): { readonly if_missing?: boolean } {
  if (!reader.take('if missing')) return {}
  if (reader.take('true')) return { if_missing: true }
  if (reader.take('false')) return { if_missing: false }
  return reader.fail('truth', ['true', 'false'])
}

import type { OperatorName } from '../operator-names.ts'
import type { Operand } from '../rule.ts'
import { operatorReadings, operatorWords } from './operator-phrases.ts'
import { hasNoOperand, isMonthWord, readOperand, readScalar } from './read-operand.ts'
import type { TokenReader } from './token-reader.ts'
import type { TextSpan } from './token.ts'

/** An operator with what it compares with, as conditions hold them, and where both stand. */
interface ReadComparison {
  readonly asked: { readonly op: OperatorName; readonly value?: Operand }
  readonly spans: { readonly op: TextSpan; readonly value: TextSpan | undefined }
}

/** Reads an operator and its operand. */
export function readComparison(reader: TokenReader): ReadComparison {
  const { start } = reader.peek()
  const age = readAge(reader)
  if (age) return age
  const written = readOperator(reader)
  const op = reader.spanFrom(start)
  if (hasNoOperand(written)) return { asked: { op: written }, spans: { op, value: undefined } }
  const from = reader.peek().start
  if (written === 'more_than_ago') return readMoreThan(reader, op)
  const value = readOperand(reader, written === 'at_least_age' ? 'at_least' : written)
  const name = written === 'at_least_age' ? 'at_least' : written
  return { asked: { op: name, value }, spans: { op, value: reader.spanFrom(from) } }
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

/** "more than 10", or "more than 30 days ago", which says how long. */
function readMoreThan(reader: TokenReader, op: TextSpan): ReadComparison {
  const { start } = reader.peek()
  const value = reader.isNext('(') ? readOperand(reader, 'more_than') : readScalar(reader)
  const span = reader.spanFrom(start)
  if (typeof value === 'string' && (value.endsWith(' ago') || reader.take('ago'))) {
    const length = value.endsWith(' ago') ? value.slice(0, -4) : value
    return { asked: { op: 'more_than_ago', value: length }, spans: { op, value: span } }
  }
  return { asked: { op: 'more_than', value }, spans: { op, value: span } }
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

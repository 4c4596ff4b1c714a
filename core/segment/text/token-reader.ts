import { AffluentError } from '../../errors/affluent-error.ts'
import { fieldName, objectName } from '../../manifest/name.ts'
import { ruleLimits } from '../rule.ts'
import { nearestWord, placeInText, ruleTextError, type ExpectedText } from './rule-text-error.ts'
import type { TextSpan, Token } from './token.ts'
import { tokenise } from './tokenise.ts'

/** Deepest brackets and negations together: both levels of a rule may need a pair of brackets of their own. */
const mostOpen = 4 * ruleLimits.depth

/** More keywords than these are no help where one of them is expected. */
const mostWanted = 6

/** Where the parts of a rule stand in its text: for each object or list its own place, and those of its keys. */
export interface PlacesOfRule {
  readonly spans: ReadonlyMap<object, TextSpan>
  readonly keys: ReadonlyMap<object, Readonly<Record<string, TextSpan>>>
}

/** Phrases are those of the grammar, so there are few. */
const knownPhrases = new Map<string, readonly string[]>()

function partsOf(phrase: string): readonly string[] {
  const known = knownPhrases.get(phrase)
  if (known) return known
  const parts = phrase.split(' ')
  knownPhrases.set(phrase, parts)
  return parts
}

/** Reads the tokens of a rule's text one after the other, and remembers where what was read stands. Throws `segment.text_invalid`. */
export class TokenReader implements PlacesOfRule {
  readonly text: string
  readonly spans = new Map<object, TextSpan>()
  readonly keys = new Map<object, Readonly<Record<string, TextSpan>>>()
  readonly #tokens: readonly Token[]
  readonly #end: Token
  #at = 0
  #open = 0
  #conditions = 0

  constructor(text: string) {
    this.text = text
    this.#tokens = tokenise(text)
    this.#end = { kind: 'end', value: '', start: text.length, end: text.length }
  }

  /** The token so many places ahead; 0 is the next one, -1 the one that was read last. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end
  }

  next(): Token {
    const token = this.peek()
    this.#at += 1
    return token
  }

  /** True when the next tokens are these keywords (in any case) and symbols, separated by spaces. */
  isNext(phrase: string, ahead = 0): boolean {
    return partsOf(phrase).every((part, index) => {
      const { kind, value } = this.peek(ahead + index)
      return kind === 'word' ? value.toLowerCase() === part : kind === 'symbol' && value === part
    })
  }

  /** Takes the keywords and symbols if they are next. */
  take(phrase: string): boolean {
    const isThere = this.isNext(phrase)
    if (isThere) this.#at += partsOf(phrase).length
    return isThere
  }

  /** Takes keywords and symbols that must be next. */
  expect(phrase: string): void {
    if (!this.take(phrase)) this.fail('word', [phrase])
  }

  takeKind(kind: Token['kind']): Token | undefined {
    return this.peek().kind === kind ? this.next() : undefined
  }

  /** Takes a name, with or without back-quotes, of the form that traits and events have. */
  takeField(expected: ExpectedText = 'field_name'): Token {
    return this.#takeName((name) => fieldName.safeParse(name).success, expected)
  }

  /** Takes the name of an object that a manifest declares. */
  takeObject(): Token {
    return this.#takeName((name) => objectName.safeParse(name).success, 'object_name')
  }

  /** Takes the name of a segment, or of a part of a priority list or split: `live.vip`. */
  takeSegment(): Token {
    let token = this.takeObject()
    while (this.take('.')) {
      const part = this.takeObject()
      token = { ...token, value: `${token.value}.${part.value}`, end: part.end }
    }
    return token
  }

  #takeName(fits: (name: string) => boolean, expected: ExpectedText): Token {
    const token = this.peek()
    if ((token.kind !== 'word' && token.kind !== 'name') || !fits(token.value)) {
      const lower = token.value.toLowerCase()
      this.fail(expected, [], token.kind === 'word' && fits(lower) ? lower : '')
    }
    return this.next()
  }

  /** Refuses the next token. `wanted` are the few keywords that would be right there. */
  fail(expected: ExpectedText, wanted: readonly string[] = [], suggestion = ''): never {
    const token = this.peek()
    const nearest = token.kind === 'word' ? nearestWord(token.value, wanted) : this.#meantNumber()
    throw ruleTextError(this.text, token, {
      expected,
      wanted: wanted.length > mostWanted ? '' : wanted.join(' '),
      suggestion: suggestion === '' ? nearest : suggestion,
    })
  }

  /** "1,5" and "1 000" are numbers to many; "" where what is next is no part of one. */
  #meantNumber(): string {
    const [before, at, after] = [this.peek(-1), this.peek(), this.peek(1)]
    if (before.kind !== 'number') return ''
    if (at.kind === 'number' && /^\d{3}(?:\.\d+)?$/.test(at.value)) return `${before.value}${at.value}`
    if (at.value !== ',' || after.kind !== 'number' || after.start - before.end !== 1) return ''
    return /^\d{3}\./.test(after.value) ? `${before.value}${after.value}` : `${before.value}.${after.value}`
  }

  /** Counts a condition. Throws `segment.too_many_nodes` for more than any rule has, so that the rest is not read in vain. */
  countCondition(): void {
    this.#conditions += 1
    if (this.#conditions <= ruleLimits.nodes) return
    const token = this.peek()
    const params = { limit: ruleLimits.nodes, found: this.#conditions, offset: token.start }
    throw new AffluentError('segment.too_many_nodes', { ...params, ...placeInText(this.text, token) })
  }

  /** Reads something within brackets or under `not`. Throws `segment.too_deep` for text nested beyond any rule. */
  nested<T>(read: () => T): T {
    this.#open += 1
    if (this.#open > mostOpen) {
      const token = this.peek()
      const params = { limit: ruleLimits.depth, found: this.#open, offset: token.start }
      throw new AffluentError('segment.too_deep', { ...params, ...placeInText(this.text, token) })
    }
    const result = read()
    this.#open -= 1
    return result
  }

  /** Reads what `read` makes, and remembers from where to where it stands. */
  placed<T extends object>(read: () => T): T {
    const { start } = this.peek()
    const result = read()
    if (!this.spans.has(result)) this.spans.set(result, { start, end: this.#lastEnd(start) })
    return result
  }

  /** Remembers where values of an object stand. Without a token, nothing is remembered. */
  note<T extends object>(object: T, keys: Readonly<Record<string, TextSpan | undefined>>): T {
    const known = Object.entries(keys).flatMap(([key, span]) => (span ? [[key, span] as const] : []))
    this.keys.set(object, { ...this.keys.get(object), ...Object.fromEntries(known) })
    return object
  }

  /** From the given start to the end of what was read last. */
  spanFrom(start: number): TextSpan {
    return { start, end: this.#lastEnd(start) }
  }

  #lastEnd(start: number): number {
    return Math.max(start, this.#tokens[this.#at - 1]?.end ?? start)
  }
}

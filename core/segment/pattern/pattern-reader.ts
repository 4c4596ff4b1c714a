import { PatternFault } from './pattern-fault.ts'

/** An escape of a pattern: one literal character, or a class such as \d as RE2 writes it. */
interface Escape {
  readonly text: string
  readonly literal: string | undefined
}

/** What an escape of a letter stands for. RE2 takes all of them as ASCII. */
const letterEscapes: Readonly<Record<string, string | undefined>> = {
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Walks through a pattern by characters, not by UTF-16 units. */
export class PatternReader {
  readonly ignoreCase: boolean
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string, ignoreCase: boolean) {
    this.#characters = Array.from(pattern)
    this.ignoreCase = ignoreCase
  }

  get length(): number {
    return this.#characters.length
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#characters.length
  }

  /** The next character, or "" at the end. */
  get next(): string {
    return this.#characters[this.#at] ?? ''
  }

  get rest(): string {
    return this.#characters.slice(this.#at, this.#at + 12).join('')
  }

  get isAtRepetition(): boolean {
    return ['*', '+', '?', '{'].includes(this.next)
  }

  /** Steps over this text if it comes next. */
  take(text: string): boolean {
    const wanted = Array.from(text)
    if (!wanted.every((character, index) => this.#characters[this.#at + index] === character)) return false
    this.#at += wanted.length
    return true
  }

  takeOne(): string {
    const one = this.next
    this.#at += 1
    return one
  }

  /** Steps over "\" and what it escapes. */
  takeEscape(): Escape | PatternFault {
    this.#at += 1
    const escaped = this.next
    if (/^[dDwWsS]$/.test(escaped)) return { text: `\\${this.takeOne()}`, literal: undefined }
    const literal = letterEscapes[escaped] ?? (/^[!-/:-@[-`{-~]$/.test(escaped) ? escaped : undefined)
    if (literal === undefined) return this.fault(`the escape "\\${escaped}"`)
    this.#at += 1
    return { text: quote(literal), literal }
  }

  /** A fault at the next character. */
  fault(found: string): PatternFault {
    return new PatternFault(found, this.#at + 1)
  }
}

/** One character as RE2 text that means just it. */
export function quote(character: string): string {
  return /^[!-/:-@[-`{-~]$/.test(character) ? `\\${character}` : character
}

/** One character as RE2 text; a letter from A to Z in both cases when the case is ignored. */
export function literalOf(character: string, ignoreCase: boolean): string {
  return ignoreCase && /^[A-Za-z]$/.test(character)
    ? `[${character.toLowerCase()}${character.toUpperCase()}]`
    : quote(character)
}

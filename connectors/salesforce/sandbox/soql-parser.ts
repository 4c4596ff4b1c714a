/** The subset of SOQL that the sandbox understands: one object, conditions, order, limit. Everything else is MALFORMED_QUERY. */

export type Literal = string | number | boolean | null | { readonly instant: number }

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | {
      readonly kind: 'compare'
      readonly field: string
      readonly op: '=' | '!=' | '<' | '<=' | '>' | '>='
      readonly value: Literal
    }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Literal[] }

export interface SelectQuery {
  /** Empty for COUNT(). */
  readonly fields: readonly string[]
  readonly object: string
  readonly where: Condition | undefined
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[]
  readonly limit: number | undefined
}

const tokenPattern =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(<=|>=|!=|[=<>(),]))/y

type Token = { readonly kind: 'text' | 'instant' | 'number' | 'word' | 'sign'; readonly text: string }

class MalformedQuery extends Error {}

/** Parses a query; undefined when it is malformed. */
export function parseSoql(soql: string): SelectQuery | undefined {
  try {
    return new Parser(tokenise(soql)).query()
  } catch (error) {
    if (error instanceof MalformedQuery) return undefined
    throw error
  }
}

function tokenise(soql: string): Token[] {
  const kinds = ['text', 'instant', 'number', 'word', 'sign'] as const
  const tokens: Token[] = []
  const end = soql.trimEnd().length
  for (let place = 0; place < end; place = tokenPattern.lastIndex) {
    tokenPattern.lastIndex = place
    const match = tokenPattern.exec(soql)
    if (!match) throw new MalformedQuery(soql.slice(place, place + 20))
    const index = kinds.findIndex((_kind, group) => match[group + 1] !== undefined)
    tokens.push({ kind: kinds[index] ?? 'sign', text: match[index + 1] ?? '' })
  }
  return tokens
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
const unquote = (text: string): string =>
  text.slice(1, -1).replaceAll(/\\(.)/gs, (_all, letter: string) => escapes[letter] ?? letter)

class Parser {
  readonly #tokens: readonly Token[]
  #place = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  query(): SelectQuery {
    this.#word('SELECT')
    const fields = this.#fields()
    this.#word('FROM')
    const object = this.#name()
    const where = this.#takes('WHERE') ? this.#or() : undefined
    const orderBy = this.#takes('ORDER') ? this.#order() : []
    const limit = this.#takes('LIMIT') ? Number(this.#next('number').text) : undefined
    if (this.#place < this.#tokens.length) throw new MalformedQuery('unexpected token')
    return { fields, object, where, orderBy, limit }
  }

  #fields(): string[] {
    if (this.#takes('COUNT')) {
      this.#sign('(')
      this.#sign(')')
      return []
    }
    const fields = [this.#name()]
    while (this.#takesSign(',')) fields.push(this.#name())
    return fields
  }

  #order(): { field: string; descending: boolean }[] {
    this.#word('BY')
    const orders: { field: string; descending: boolean }[] = []
    do {
      const field = this.#name()
      const descending = this.#takes('DESC')
      if (!descending) this.#takes('ASC')
      orders.push({ field, descending })
    } while (this.#takesSign(','))
    return orders
  }

  #or(): Condition {
    const parts = [this.#and()]
    while (this.#takes('OR')) parts.push(this.#and())
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts }
  }

  #and(): Condition {
    const parts = [this.#primary()]
    while (this.#takes('AND')) parts.push(this.#primary())
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts }
  }

  #primary(): Condition {
    if (this.#takesSign('(')) {
      const inner = this.#or()
      this.#sign(')')
      return inner
    }
    const field = this.#name()
    if (this.#takes('IN')) {
      this.#sign('(')
      const values = [this.#literal()]
      while (this.#takesSign(',')) values.push(this.#literal())
      this.#sign(')')
      return { kind: 'in', field, values }
    }
    const op = comparison(this.#next('sign').text)
    return { kind: 'compare', field, op, value: this.#literal() }
  }

  #literal(): Literal {
    const token = this.#tokens[this.#place]
    this.#place += 1
    switch (token?.kind) {
      case 'text':
        return unquote(token.text)
      case 'instant':
        return { instant: Date.parse(token.text) }
      case 'number':
        return Number(token.text)
      case 'word':
        return keyword(token.text)
      default:
        throw new MalformedQuery('literal expected')
    }
  }

  #name(): string {
    return this.#next('word').text
  }

  #next(kind: Token['kind']): Token {
    const token = this.#tokens[this.#place]
    if (token?.kind !== kind) throw new MalformedQuery(`${kind} expected`)
    this.#place += 1
    return token
  }

  #takes(word: string): boolean {
    const token = this.#tokens[this.#place]
    const taken = token?.kind === 'word' && token.text.toUpperCase() === word
    if (taken) this.#place += 1
    return taken
  }

  #takesSign(sign: string): boolean {
    const taken = this.#tokens[this.#place]?.text === sign && this.#tokens[this.#place]?.kind === 'sign'
    if (taken) this.#place += 1
    return taken
  }

  #word(word: string): void {
    if (!this.#takes(word)) throw new MalformedQuery(`${word} expected`)
  }

  #sign(sign: string): void {
    if (!this.#takesSign(sign)) throw new MalformedQuery(`${sign} expected`)
  }
}

type Comparison = Extract<Condition, { kind: 'compare' }>['op']
const comparisons: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>=']

function comparison(sign: string): Comparison {
  const found = comparisons.find((each) => each === sign)
  if (!found) throw new MalformedQuery('comparison expected')
  return found
}

function keyword(word: string): boolean | null {
  const lower = word.toLowerCase()
  if (lower === 'null') return null
  if (lower === 'true' || lower === 'false') return lower === 'true'
  throw new MalformedQuery('literal expected')
}

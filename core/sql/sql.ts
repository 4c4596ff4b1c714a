/** A value that is handed to the engine beside the text. `date` counts days and `datetime` microseconds since 1970-01-01 UTC. */
export type BoundValue =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'date'; readonly value: bigint }
  | { readonly type: 'datetime'; readonly value: bigint }
  | { readonly type: 'texts'; readonly value: readonly string[] }
  | { readonly type: 'numbers'; readonly value: readonly number[] }

/** SQL as text and bound values, never mixed: text stems from our own code and from a dialect's quoting, values stay values. */
export interface Sql {
  readonly parts: readonly (string | BoundValue)[]
}

/** What may stand in a `sql` template: other SQL, or a value that will be bound. Plain strings are refused by the type checker. */
export type SqlInsert = Sql | BoundValue

/** Builds SQL from a template of our own text: sql`name = ${{ type: 'text', value }}`. */
export function sql(strings: TemplateStringsArray, ...inserts: readonly SqlInsert[]): Sql {
  const parts: (string | BoundValue)[] = []
  for (const [index, text] of strings.entries()) {
    if (text !== '') parts.push(text)
    const insert = inserts[index]
    if (insert === undefined) continue
    if ('parts' in insert) parts.push(...insert.parts)
    else parts.push(insert)
  }
  return { parts }
}

/** SQL text without values. Only for text that our own code wrote, or that went through `quoteName`. */
export function sqlText(text: string): Sql {
  return { parts: [text] }
}

/** Puts `separator` between pieces: joinSql(conditions, ' AND '). No pieces make empty SQL. */
export function joinSql(pieces: readonly Sql[], separator: string): Sql {
  const parts: (string | BoundValue)[] = []
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) parts.push(separator)
    parts.push(...piece.parts)
  }
  return { parts }
}

/** What the engine gets: one text with placeholders, and the values in the order of the placeholders. */
export interface RenderedSql {
  readonly text: string
  readonly values: readonly BoundValue[]
}

/** Renders with the dialect's placeholders; positions count from 1. */
export function renderSql(
  statement: Sql,
  dialect: { placeholder(position: number, type: BoundValue['type']): string },
): RenderedSql {
  const values: BoundValue[] = []
  let text = ''
  for (const part of statement.parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    values.push(part)
    text += dialect.placeholder(values.length, part.type)
  }
  return { text, values }
}

/** Identity of a piece of SQL: equal keys mean equal text and equal values. Used to compute what rules share only once. */
export function sqlKey(statement: Sql): string {
  return JSON.stringify(statement.parts, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  )
}

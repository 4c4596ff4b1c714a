/**
 * Rows handed to DuckDB, or to a thread, as one text: rows are separated by U+001E, their cells by U+001F. DuckDB splits it itself;
 * handing it values one by one, or as JSON, takes three times as long. JSON texts and normalised texts hold neither character.
 */
export const rowEnd = '\u001e'
export const cellEnd = '\u001f'

/** SQL of the rows in the text `$1`: a list `cell` for each, of which `cell[1]` is the first, and its `ordinal` from 0. */
export const cellsSql = `(
  SELECT string_split(line, chr(31)) AS cell, ordinal - 1 AS ordinal
  FROM (SELECT unnest(lines) AS line, generate_subscripts(lines, 1) AS ordinal FROM (SELECT string_split($1, chr(30)) AS lines)))`

/** Makes any text fit into a cell. */
export const toCell = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these characters are what it is about
  /[\u001a\u001e\u001f]/.test(text)
    ? text.replaceAll('\u001a', '\u001a0').replaceAll(rowEnd, '\u001a1').replaceAll(cellEnd, '\u001a2')
    : text

/** SQL that gives the text back of which `toCell` made the cell. */
export const fromCell = (cell: string): string =>
  `CASE WHEN contains(${cell}, chr(26))
    THEN replace(replace(replace(${cell}, chr(26) || '1', chr(30)), chr(26) || '2', chr(31)), chr(26) || '0', chr(26))
    ELSE ${cell} END`

/** Rows joined a few at a time, so that what they were put together from need not live until the last one. */
const rowsJoined = 64

/** Gathers rows into one text. */
export class RowText {
  #rows: string[] = []
  readonly #texts: string[] = []

  push(row: string): void {
    this.#rows.push(row)
    if (this.#rows.length === rowsJoined) this.#join()
  }

  /** All rows; '' when there are none. */
  end(): string {
    if (this.#rows.length > 0) this.#join()
    return this.#texts.join(rowEnd)
  }

  #join(): void {
    this.#texts.push(this.#rows.join(rowEnd))
    this.#rows = []
  }
}

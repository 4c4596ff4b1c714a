import { codePoints } from './code-points.ts'

/**
 * Optimal string alignment: edits in code points, a swap of two neighbours counting as one, no part edited twice; "ca" and "abc" are 3
 * apart. Other tools call it the restricted Damerau–Levenshtein distance.
 */
export function optimalAlignment(left: string, right: string): number {
  const [one, other] = [codePoints(left), codePoints(right)]
  const rows = startRows(one.length, other.length)
  for (let i = 1; i <= one.length; i += 1) {
    for (let j = 1; j <= other.length; j += 1) {
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const plain = plainEdits(rows, [i, j], one[i - 1] === other[j - 1])
      set(rows, i, j, swapped ? Math.min(plain, at(rows, i - 2, j - 2) + 1) : plain)
    }
  }
  return at(rows, one.length, other.length)
}

/**
 * Damerau–Levenshtein without that restriction: what was swapped may be edited again, so "ca" and "abc" are 2 apart (Lowrance and Wagner,
 * "An extension of the string-to-string correction problem", JACM 1975). DuckDB's `damerau_levenshtein` is this one, in bytes.
 */
export function damerauLevenshtein(left: string, right: string): number {
  const [one, other] = [codePoints(left), codePoints(right)]
  const rows = startRows(one.length, other.length)
  const lastRowOf = new Map<number, number>()
  for (let i = 1; i <= one.length; i += 1) {
    let lastColumn = 0
    for (let j = 1; j <= other.length; j += 1) {
      const row = lastRowOf.get(other[j - 1] ?? -1) ?? 0
      const column = lastColumn
      const same = one[i - 1] === other[j - 1]
      if (same) lastColumn = j
      const swap =
        row > 0 && column > 0
          ? at(rows, row - 1, column - 1) + (i - row - 1) + 1 + (j - column - 1)
          : Number.POSITIVE_INFINITY
      set(rows, i, j, Math.min(plainEdits(rows, [i, j], same), swap))
    }
    lastRowOf.set(one[i - 1] ?? -1, i)
  }
  return at(rows, one.length, other.length)
}

interface Rows {
  readonly width: number
  readonly cells: Int32Array
}

const at = ({ width, cells }: Rows, row: number, column: number): number => cells[row * width + column] ?? 0

function set({ width, cells }: Rows, row: number, column: number, value: number): void {
  cells[row * width + column] = value
}

function startRows(height: number, width: number): Rows {
  const rows = { width: width + 1, cells: new Int32Array((height + 1) * (width + 1)) }
  for (let row = 0; row <= height; row += 1) set(rows, row, 0, row)
  for (let column = 0; column <= width; column += 1) set(rows, 0, column, column)
  return rows
}

function plainEdits(rows: Rows, [i, j]: readonly [number, number], same: boolean): number {
  const replaced = at(rows, i - 1, j - 1) + (same ? 0 : 1)
  return Math.min(at(rows, i - 1, j) + 1, at(rows, i, j - 1) + 1, replaced)
}

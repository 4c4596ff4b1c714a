import { codePoints } from './code-points.ts'

/** Scale of the common start, and its longest part that counts (Winkler 1990). */
const prefixScale = 0.1
const longestPrefix = 4
/** Winkler's program raises only what is alike already. */
const boostAbove = 0.7

/**
 * Jaro's similarity of two texts, from 0 to 1, in code points (Jaro, "Advances in record-linkage methodology", JASA 1989). Half of the
 * matches that are out of order is rounded down, as Winkler's C program (strcmp95) and DuckDB's `jaro_similarity` do.
 */
export const jaro = (left: string, right: string): number => compare(codePoints(left), codePoints(right))

/**
 * Jaro–Winkler: Jaro's similarity, raised by the common start of up to four characters when it is above 0.7 (Winkler, "String comparator
 * metrics", 1990). `always` raises below that, too. Equals DuckDB's `jaro_winkler_similarity` but for `always`.
 */
export function jaroWinkler(
  left: string,
  right: string,
  options: { readonly always?: boolean } = {},
): number {
  const [one, other] = [codePoints(left), codePoints(right)]
  const similarity = compare(one, other)
  if (options.always !== true && similarity <= boostAbove) return similarity
  const most = Math.min(longestPrefix, one.length, other.length)
  let prefix = 0
  while (prefix < most && one[prefix] === other[prefix]) prefix += 1
  return similarity + prefix * prefixScale * (1 - similarity)
}

function compare(left: readonly number[], right: readonly number[]): number {
  if (left.length === 0 || right.length === 0) return left.length === right.length ? 1 : 0
  const { matches, outOfOrder } = matchCharacters(left, right)
  if (matches === 0) return 0
  const transpositions = Math.floor(outOfOrder / 2)
  return (matches / left.length + matches / right.length + (matches - transpositions) / matches) / 3
}

/** Equal characters at most half the longer text apart, each used once; and how many of them stand in another order. */
function matchCharacters(
  left: readonly number[],
  right: readonly number[],
): { readonly matches: number; readonly outOfOrder: number } {
  const reach = Math.max(0, Math.floor(Math.max(left.length, right.length) / 2) - 1)
  const taken = new Uint8Array(right.length)
  const matched: number[] = []
  for (const [at, character] of left.entries()) {
    const found = findFree(right, taken, character, [at - reach, at + reach])
    if (found < 0) continue
    taken[found] = 1
    matched.push(character)
  }
  const ordered = right.filter((_, at) => taken[at] === 1)
  const outOfOrder = matched.filter((character, at) => ordered[at] !== character).length
  return { matches: matched.length, outOfOrder }
}

function findFree(
  text: readonly number[],
  taken: Uint8Array,
  character: number,
  [from, to]: readonly [number, number],
): number {
  for (let at = Math.max(0, from); at <= Math.min(text.length - 1, to); at += 1) {
    if (taken[at] === 0 && text[at] === character) return at
  }
  return -1
}

import { distance } from 'fastest-levenshtein'

const outsideFirstPlane = /[\ud800-\udfff]/

/**
 * Fewest insertions, deletions and replacements that turn one text into the other (Levenshtein 1966), in code points. DuckDB's
 * `levenshtein` counts the bytes of UTF-8, so it says 2 for "muller" and "müller" where this says 1.
 */
export function levenshtein(left: string, right: string): number {
  if (!outsideFirstPlane.test(left) && !outsideFirstPlane.test(right)) return distance(left, right)
  const codes = new Map<string, string>()
  return distance(shorten(left, codes), shorten(right, codes))
}

/** The library counts UTF-16 units: each distinct character is given one of its own. */
const shorten = (text: string, codes: Map<string, string>): string =>
  Array.from(text, (character) => {
    const known = codes.get(character)
    if (known !== undefined) return known
    const code = String.fromCharCode(codes.size)
    codes.set(character, code)
    return code
  }).join('')

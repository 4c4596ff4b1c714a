/** Letter → the one-byte character that stands for it; letters that it does not name stand for themselves. */
export type LetterCodes = ReadonlyMap<string, string>

const oneByteCharacters = Array.from({ length: 0x7f }, (_, index) => String.fromCharCode(index + 1))

/**
 * Gives each letter beyond ASCII a one-byte character that none of the letters is. One coding is enough for alphabets. Where there are
 * more letters than characters left, as with Chinese, two codings tell any two of thousands of letters apart in at least one of them, and
 * nearly all in both. So a distance is the larger one of the two, and the true one but where each coding misses another edit.
 *
 * `letters`: all that occur, the most frequent first, in lower case: the capital letters are left for others.
 */
export function createLetterCodes(letters: readonly string[]): readonly LetterCodes[] {
  const used = new Set(letters)
  const free = oneByteCharacters.filter((character) => !used.has(character))
  const foreign = letters.filter((letter) => !isOneByte(letter))
  const coding = (placeOf: (rank: number) => number): LetterCodes =>
    new Map(foreign.map((letter, rank) => [letter, free[placeOf(rank) % free.length] ?? '']))
  const first = coding((rank) => rank)
  // Letters that share a code in the first stand one place apart from each other in the second.
  const shift = (rank: number): number => rank + Math.floor(rank / free.length)
  return foreign.length <= free.length ? [first] : [first, coding(shift)]
}

const isOneByte = (letter: string): boolean => (letter.codePointAt(0) ?? 0) <= 0x7f

/** The text with its letters coded. */
export const codeLettersWith = (codes: LetterCodes, text: string): string =>
  Array.from(text, (letter) => codes.get(letter) ?? letter).join('')

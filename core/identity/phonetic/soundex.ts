const groups = ['BFPV', 'CGJKQSXZ', 'DT', 'L', 'MN', 'R']
const codes = new Map(
  groups.flatMap((letters, index) => Array.from(letters, (letter) => [letter, String(index + 1)])),
)
const length = 4

/**
 * Soundex (Russell 1918, as the US National Archives index their censuses): the first letter and three digits for the consonants after it;
 * equal neighbours count once, also across H and W. Empty for an empty text.
 */
export function soundex(text: string): string {
  const letters = text.normalize('NFKD').toUpperCase()
  const [first = ''] = letters
  let key = first
  let last = codes.get(first)
  for (const letter of Array.from(letters).slice(1)) {
    if (key.length === length) break
    const code = codes.get(letter)
    if (code !== undefined && code !== last) key += code
    if (code !== undefined || (letter !== 'H' && letter !== 'W')) last = code
  }
  return first === '' ? '' : key.padEnd(length, '0')
}

/**
 * Keys under which spellings of one value meet: the fingerprint and the n-gram fingerprint of OpenRefine ("Clustering in depth",
 * openrefine.org/docs/technical-reference/clustering-in-depth). "Société Générale", "generale, societe" and "SOCIETE  GENERALE" have
 * one key.
 */

/** Letters that no normal form takes apart, as OpenRefine writes them in ASCII; "ø" becomes "oe". */
const letters: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'oe',
  ß: 'ss',
  ð: 'd',
  đ: 'd',
  þ: 'th',
  ƿ: 'w',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ı: 'i',
  ĸ: 'k',
  ẜ: 's',
  ẝ: 's',
  '©': 'c',
}
const special = new RegExp(`[${Object.keys(letters).join('')}]`, 'gu')

// oxlint-disable-next-line no-control-regex -- control characters are what is taken away
const noise = /[\p{M}\p{P}\p{Lm}\p{Sk}\p{Sm}\p{Sc}\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/gu

function toPlain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(noise, '')
    .replace(special, (letter) => letters[letter] ?? letter)
}

/** What parts words. JavaScript's own class lacks the "next line" of IBM's character sets. */
const spaces = /[\s\u0085]+/gu

/** Words in alphabetical order, each once, without accents, case and punctuation. */
export function fingerprint(text: string): string {
  const words = toPlain(text).split(spaces).filter(Boolean)
  return [...new Set(words)].sort().join(' ')
}

/** All runs of `size` characters in alphabetical order, each once: also finds a missing space and swapped words. */
export function ngramFingerprint(text: string, size = 2): string {
  const plain = toPlain(text).replace(spaces, '')
  const grams = Array.from({ length: Math.max(0, plain.length - size + 1) }, (_, at) =>
    plain.slice(at, at + size),
  )
  return [...new Set(grams)].sort().join('')
}

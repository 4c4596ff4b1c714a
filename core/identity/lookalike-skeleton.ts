import { decodePunycode } from './punycode.ts'

/**
 * Single characters that people take for a Latin lower-case letter: the Cyrillic, Greek, Armenian and Latin entries of Unicode's
 * confusables (UTS #39, confusables.txt) that can stand in a lower-case address, and the digits that are read as letters.
 */
const alike: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'ьƅ',
  c: 'сϲᴄ',
  d: 'ԁɗ',
  e: 'еҽє',
  f: 'ẝſ',
  g: 'ɡց',
  h: 'һհ',
  i: 'іιıɩ',
  j: 'јϳ',
  k: 'кκ',
  l: 'ӏ1|ǀ',
  m: 'м',
  n: 'ոռ',
  o: 'оοσօ0ഠ',
  p: 'рρϱ',
  q: 'ԛզ',
  r: 'гᴦ',
  s: 'ѕꜱ5',
  t: 'тτ',
  u: 'υսцʋ',
  v: 'νѵᴠ',
  w: 'ԝѡᴡω',
  x: 'хχ',
  y: 'уүγʏ',
  z: 'ᴢ',
  '3': 'зӡ',
  '-': '‐‑‒–−',
  "'": '’ʼ‘',
}

/** The characters and what each is taken for, position by position: what SQL's `translate` takes. */
export const lookalikeLetters: { readonly from: string; readonly to: string } = {
  from: Object.values(alike).join(''),
  to: Object.entries(alike)
    .map(([letter, others]) => letter.repeat(Array.from(others).length))
    .join(''),
}

/** Pairs of letters that are read as one. */
export const lookalikePairs = [
  ['rn', 'm'],
  ['vv', 'w'],
] as const

const letterOf = new Map(
  Object.entries(alike).flatMap(([letter, others]) => Array.from(others, (sign) => [sign, letter] as const)),
)

/**
 * What an e-mail address looks like: two different addresses with one skeleton are told apart by no human eye. Never a key to join
 * people by. Accents are seen, so they stay.
 */
export function lookalikeSkeleton(address: string): string {
  const letters = Array.from(toUnicodeDomain(address), (sign) => letterOf.get(sign) ?? sign).join('')
  return lookalikePairs.reduce((text, [pair, letter]) => text.replaceAll(pair, letter), letters)
}

/** Writes "xn--" labels of the domain in their own script. */
export const toUnicodeDomain = (address: string): string =>
  address.replace(/(?<=[@.])xn--([a-z0-9-]+)/g, (label, code: string) => decodePunycode(code) ?? label)

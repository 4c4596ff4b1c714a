/** Parts that make engines which go back and try again take a time that doubles with each letter of the text. */
const cores = [
  '(a+)+',
  '(a*)*',
  '(a|a)*',
  '(a|aa)+',
  '(a|a?)+',
  '(a+)*',
  '(.*a){20}',
  '(.+)+',
  '([a-zA-Z]+)*',
  '(\\w+\\s?)*',
  '(\\d+)*',
  '((a+)b?)*',
  '(x+x+)+y',
  '(a+){10}',
  '(?:a{1,30}){1,30}',
  'a{500}',
  '(a{20}){20}',
  '((a{10}){10}){10}',
  '(a?){30}a{30}',
  '(ab*)*c',
  '(a+b?)+c',
  '([^x]+)*x',
  '(\\S+)*@',
  '(?=a+)a',
  '(a)\\1*',
]
const beginnings = ['', '^', 'b', '.*', '[ab]']
const endings = ['$', 'b$', '!', '$|^$']

/** 500 patterns that have stopped servers, each also within others. */
export const badPatterns: readonly string[] = cores.flatMap((core) =>
  beginnings.flatMap((begin) => endings.map((end) => `${begin}${core}${end}`)),
)

/** Texts that these patterns nearly match. */
export const nearMatches: readonly string[] = [
  `${'a'.repeat(5000)}!`,
  `${'ab'.repeat(2500)}!`,
  'x'.repeat(5000),
  `${'word '.repeat(1000)}!`,
  `${'1'.repeat(5000)}!`,
]

import { AffluentError, PlatformError, type ErrorParams } from '../errors/affluent-error.ts'

/** Takes the values out of words that somebody else wrote. */
export type HideValues = (words: string) => string

/** A beginning of fewer letters tells nobody anything. */
const leastBeginning = 4

/** Shorter values are hidden where they are written alike: "Will" is a name, "will" is not. */
const leastInAnyCase = 5

/**
 * Makes what takes these values out of a platform's words: whole words only, and the beginning of one that the words were cut off in. Platforms quote
 * what they refuse, and what they quote ends up in reports and in answers.
 */
export function createHider(values: Iterable<string>, instead: string): HideValues {
  const known = [...new Set(values)].filter((value) => value.trim().length > 1)
  // The longest first: a name inside of an address would leave the rest of it standing.
  known.sort((one, other) => other.length - one.length)
  return (words) => {
    let clean = words
    for (const value of known) {
      const anyCase = value.length >= leastInAnyCase
      const found = anyCase ? clean.toLowerCase().includes(value.toLowerCase()) : clean.includes(value)
      if (found) clean = clean.replaceAll(wholeWord(value, anyCase), instead)
    }
    return hideBeginning(clean, known, instead)
  }
}

const wholeWord = (value: string, anyCase: boolean): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])${RegExp.escape(value)}(?![\p{L}\p{N}])`, anyCase ? 'giu' : 'gu')

function hideBeginning(words: string, values: readonly string[], instead: string): string {
  const [, text = '', end = ''] = /^(.*?)(…?)$/su.exec(words) ?? []
  const folded = text.toLowerCase()
  for (const value of values)
    for (let length = value.length - 1; length >= leastBeginning; length -= 1)
      if (folded.endsWith(value.slice(0, length).toLowerCase()))
        return `${text.slice(0, text.length - length)}${instead}${end}`
  return words
}

/** Params that are words of our own. */
const ours = new Set(['act', 'remedy'])

/** The same error without the values in its params. What is no error of ours is handed back as it is. */
export function hideInError(thrown: unknown, hide: HideValues): unknown {
  if (!(thrown instanceof AffluentError)) return thrown
  const params: ErrorParams = Object.fromEntries(
    Object.entries(thrown.params).map(([name, value]) => [
      name,
      typeof value === 'string' && !ours.has(name) ? hide(value) : value,
    ]),
  )
  const isSame = Object.entries(params).every(([name, value]) => thrown.params[name] === value)
  if (isSame) return thrown
  const { cause } = thrown
  const reason = cause === undefined ? {} : { cause }
  return thrown instanceof PlatformError
    ? new PlatformError(thrown.code, params, { ...thrown.wait, ...reason })
    : new AffluentError(thrown.code, params, reason)
}

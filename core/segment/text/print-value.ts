/** Words that the language itself uses: a trait, an event or a segment of that name stands in back-quotes. */
const keywords: ReadonlySet<string> = new Set(
  (
    'after ago ago all always and anniversary any audience average before between bottom by case consent contains count denied ' +
    'distinct does during empty ends equals everybody false first followed frequency from granted has identifier if ignoring in is ' +
    'known last less matches max min missing money month more net next nobody none not of old on one or performed place postcodes ' +
    'previous rank recency region respecting sample segment starts sum than the this time to today tomorrow top true until where ' +
    'with within yesterday zone'
  ).split(' '),
)

/** A name, in back-quotes where it is a keyword too. */
export function printName(name: string): string {
  return keywords.has(name) ? `\`${name}\`` : name
}

/** A text in quotes, with JSON's escapes. */
export function printText(text: string): string {
  return JSON.stringify(text)
}

/** A number that is read back exactly: beyond 2^53 with an exponent, as its digits would not be trusted. */
export function printNumber(value: number): string {
  if (Object.is(value, -0)) return '-0'
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value)
}

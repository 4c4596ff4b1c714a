/**
 * SOQL from values. Written here since jsforce's own builder escapes quotes but not backslashes, so that a text that ends with one
 * would end its literal too late.
 */

/** A text literal. https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */
export function soqlText(value: string): string {
  const escaped = value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`)
  return `'${escaped}'`
}

/** A date-time literal of an instant in epoch milliseconds. */
export const soqlInstant = (ms: number): string => new Date(ms).toISOString()

/** `field IN ('a','b')`. */
export const soqlIn = (field: string, values: readonly string[]): string =>
  `${field} IN (${values.map(soqlText).join(',')})`

/** Most values of one IN list that the platform notes recommend. */
const longestList = 200

/**
 * Address and headers together may have 16,384 bytes; a token alone may have two thousand. What a query is written with in the
 * address stays below this.
 */
export const longestQuery = 12_000

/** Bytes that a query takes in an address. */
export const encodedLength = (soql: string): number => new URLSearchParams({ q: soql }).toString().length

/** Cuts values into lists that fit into one query beside `rest` bytes of other words. Each value counts `copies` times. */
export function chunkValues(values: readonly string[], rest: number, copies = 1): string[][] {
  const chunks: string[][] = []
  let room = 0
  for (const value of values) {
    const cost = copies * (encodedLength(`'${value}',`) + 3)
    const last = chunks.at(-1)
    if (last && last.length < longestList && room >= cost) last.push(value)
    else {
      chunks.push([value])
      room = longestQuery - rest
    }
    room -= cost
  }
  return chunks
}

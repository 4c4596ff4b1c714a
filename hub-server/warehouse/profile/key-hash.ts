/**
 * SQL of the number by which a source record is found. It only narrows the search, equality is checked on the texts. DuckDB's `hash` may be
 * another one in another version: then `tables.ts` has all of them made anew.
 */
export const keyHash = (connection: string, stream: string, externalId: string): string =>
  `hash(${connection}::VARCHAR, ${stream}::VARCHAR, ${externalId})`

/**
 * SQL of the number by which a person known from events alone is found: all of the MD5 of stream and identifiers, so that equal numbers
 * are taken for equal texts. Who can make two texts with one number has made up both, and could have claimed the same identifiers.
 */
export const personHash = (connection: string, stream: string, key: string): string =>
  `md5_number(concat_ws(chr(31), ${connection}, ${stream}, ${key}))`

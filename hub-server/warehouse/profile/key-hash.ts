/**
 * SQL of the number by which a source record is found: MD5 of stream and external id. It only narrows the search, equality is checked
 * on the texts; but it is stored, so it must not change with DuckDB's version as its own `hash` may.
 */
export const keyHash = (connection: string, stream: string, externalId: string): string =>
  `md5_number_lower(concat_ws(chr(31), ${connection}::VARCHAR, ${stream}::VARCHAR, ${externalId}))`

/**
 * SQL of the number by which a person known from events alone is found: all of the MD5 of stream and identifiers, so that equal numbers
 * are taken for equal texts. Who can make two texts with one number has made up both, and could have claimed the same identifiers.
 */
export const personHash = (connection: string, stream: string, key: string): string =>
  `md5_number(concat_ws(chr(31), ${connection}, ${stream}, ${key}))`

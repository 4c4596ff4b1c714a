/**
 * SQL of the number by which a source record is found: MD5 of stream and external id. It only narrows the search, equality is checked
 * on the texts; but it is stored, so it must not change with DuckDB's version as its own `hash` may.
 */
export const keyHash = (connection: string, stream: string, externalId: string): string =>
  `md5_number_lower(concat_ws(chr(31), ${connection}::VARCHAR, ${stream}::VARCHAR, ${externalId}))`

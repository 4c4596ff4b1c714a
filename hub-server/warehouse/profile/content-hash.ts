/**
 * SQL of the number that a profile's values are compared by, so that nobody's texts are read to find that nothing changed. Columns without
 * a value count for nothing, and their order neither: a new trait that nobody has changes nobody.
 */
export const contentHash = (columns: readonly string[]): string =>
  columns.reduce(
    (sql, column) =>
      `xor(${sql}, CASE WHEN ${column} IS NULL THEN 0::UBIGINT ELSE hash('${column}', ${column}) END)`,
    '0::UBIGINT',
  )

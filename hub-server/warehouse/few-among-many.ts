/**
 * SQL of the values of `column` in the table `few`, to be looked for in a far larger one: `x IN ${fewAmongMany(...)}`. The test passes all
 * of them; but the engine looks at the rows of the larger table through a Bloom filter only where it believes that a condition leaves some
 * out. 10,000 among 19,000,000 are found in half the time.
 */
export const fewAmongMany = (column: string, few: string): string =>
  `(SELECT ${column} FROM ${few} WHERE hash(${column}) IS NOT NULL)`

import { Buffer } from 'node:buffer'

/**
 * SQL of a text that somebody typed. It stands in the statement itself, so that the engine passes over rows by it, and none of it can be
 * read as SQL: the statement holds its bytes as digits.
 */
export const textSql = (text: string): string =>
  `decode(unhex('${Buffer.from(text, 'utf8').toString('hex')}'))`

/**
 * SQL for the end of an INSERT of many rows: they are written in the order of the number by which a person is looked for, so that the engine
 * passes over nearly all of them. Where it may come to no rows at all, it must be the only INSERT into its table in its transaction: beside another,
 * one in order that writes nothing makes DuckDB 1.5 hide the rows that come after it, of a whole row group and more, until the file is opened again.
 */
export const inOrder = (column: string): string => `ORDER BY ${column}`

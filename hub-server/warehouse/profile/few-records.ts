/** So many are looked up one by one; of more, the texts of statements would cost more than they spare. */
const mostApart = 24

/**
 * SQL of the rows that a table has of these records. A person is read among millions without looking at the others: the engine skips rows for
 * one number that stands in the text, but reads whole stretches for a list of numbers.
 */
export function ofRecords(table: string, ids: readonly bigint[]): string {
  const conditions =
    ids.length === 0 || ids.length > mostApart
      ? [`record_id IN (${ids.join(', ') || 'NULL'})`]
      : ids.map((id) => `record_id = ${id}`)
  return conditions.map((condition) => `FROM main.${table} WHERE ${condition}`).join(' UNION ALL ')
}

/** SQL of an object with these values, by name; of an empty one where there are none. Names are those of a profile schema, or ours. */
export const objectSql = (values: readonly (readonly [name: string, sql: string])[]): string =>
  values.length === 0 ? 'MAP {}' : `{${values.map(([name, sql]) => `"${name}": ${sql}`).join(', ')}}`

import { identifierColumn, traitColumn } from '../tables.ts'

/** How people find their row: by a trait, compared loosely, or by an identifier, whose values are normalised already. */
export type KeyRule =
  | { readonly identifier: string }
  | {
      readonly trait: string
      readonly compare: 'text' | 'code'
      /** Keys are filled up to this length with zeros on the left. */
      readonly length: number | null
    }

/**
 * The column that holds the keys of a table. Identifiers stand in `value`, beside their `kind`, as everywhere in the warehouse: so
 * whoever erases a person finds them.
 */
export const keyColumn = (key: KeyRule): 'key' | 'value' => ('identifier' in key ? 'value' : 'key')

/** The key of a profile whose columns carry the alias; null when it has none. */
export function profileKey(key: KeyRule, alias: string): string {
  if ('identifier' in key) return `${alias}.${identifierColumn(key.identifier)}`
  return comparable(`${alias}.${traitColumn(key.trait)}`, key)
}

/** The key of a row of the table, from the column with its text: the same expression as that of profiles. */
export function tableKey(key: KeyRule, column: string): string {
  return 'identifier' in key ? column : comparable(column, key)
}

function comparable(text: string, { compare, length }: Extract<KeyRule, { readonly trait: string }>): string {
  const composed = `nfc_normalize(${text})`
  const plain =
    compare === 'code'
      ? `upper(regexp_replace(${composed}, '[^\\p{L}\\p{N}]+', '', 'g'))`
      : `lower(trim(regexp_replace(${composed}, '[\\s\\p{Z}]+', ' ', 'g')))`
  const found = `nullif(${plain}, '')`
  return length === null ? found : `repeat('0', greatest(${length} - length(${found}), 0)) || ${found}`
}

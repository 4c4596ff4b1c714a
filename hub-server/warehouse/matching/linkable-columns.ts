import {
  comparedNames,
  keyNames,
  type KeyPart,
  type Matching,
  type MatchKey,
  type SoundUsed,
} from '../../../core/identity/matching.ts'

/** Column of `linkable` with a trait or identifier in the form that is compared: lower case, without accents and outer spaces. */
export const valueColumn = (name: string): string => `value_${name}`
/** Column with the names that a name may be short for, or the other way round. */
export const nicknameColumn = (name: string): string => `nickname_${name}`
/** Column with log2 of the share of records that hold the value. */
export const frequencyColumn = (name: string): string => `frequency_${name}`

/** Column with the sound of the value by one method; null when it has none. */
export const soundColumn = ({ on, method }: SoundUsed): string => `sound_${method}_${on}`

/** Column with the value in one byte for each letter (`code-letters.ts`); `coding` from 0. */
export const codedColumn = (name: string, coding: number): string => `coded_${coding}_${name}`

/** Trait or identifier kind → in how many columns its letters are coded; those of all others take one byte each as they are. */
export type Codings = ReadonlyMap<string, number>

/** Columns on which likeness of a value is measured letter by letter. */
export function letterColumns(name: string, codings: Codings): readonly string[] {
  const coded = Array.from({ length: codings.get(name) ?? 0 }, (_, coding) => codedColumn(name, coding))
  return coded.length === 0 ? [valueColumn(name)] : coded
}

export type KeyUse = 'candidate' | 'certain' | 'train'
/** Column with the hash of a key's values; null when one of them is missing. */
export const keyColumn = (use: KeyUse, index: number): string => `${use}_${index}`

/** All traits and identifier kinds that a matching uses. */
export function namesUsed(matching: Matching): readonly string[] {
  const keys = [...matching.candidates, ...matching.certain, ...matching.train].flatMap(keyNames)
  return [...new Set([...keys, ...matching.compare.flatMap(comparedNames)])]
}

/** SQL of a key's hash over the value columns; null when a part is missing. */
export function keySql(key: MatchKey): string {
  const parts = key.map(partSql)
  const complete = parts.map((part) => `${part} IS NOT NULL`).join(' AND ')
  return `CASE WHEN ${complete} THEN hash(${parts.join(', ')}) END`
}

function partSql(part: KeyPart): string {
  if (typeof part === 'string') return valueColumn(part)
  const value =
    part.sounds_like === undefined
      ? valueColumn(part.on)
      : soundColumn({ on: part.on, method: part.sounds_like })
  const whole = part.mailbox ? `nullif(split_part(${value}, '@', 1), '')` : value
  // A value that is shorter than the start asked for would join all short values.
  return part.start === undefined
    ? whole
    : `CASE WHEN length(${whole}) >= ${part.start} THEN left(${whole}, ${part.start}) END`
}

import type { DestinationRecord } from '../../core/connector/destination.ts'
import type { Reason } from '../../core/connector/outcome.ts'
import type { MetaConfig } from './config.ts'
import { keyRules, type MetaKey } from './normalise/rules.ts'
import { toPersonCells, whyUnmatchable, type PersonCells } from './person-cells.ts'

/** What Meta takes in one request: https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users/. */
export const rowsPerRequest = 10_000

/** One column of one person: a key, or a Limited Data Use setting. */
type Cell = string | number | readonly string[]

export interface UserPayload {
  readonly schema: readonly string[]
  readonly data: readonly (readonly Cell[])[]
}

/** Records ready to be sent, with their places in the batch, and those that no key can match. */
export interface PreparedUsers {
  readonly matchable: readonly { readonly index: number; readonly person: PersonCells }[]
  readonly rejected: ReadonlyMap<number, Reason>
  /** How many values of each field were left out because they are of no use. */
  readonly unusable: Readonly<Record<string, number>>
}

/** Normalises, hashes and sorts out the records of a batch. */
export function prepareUsers(records: readonly DestinationRecord[]): PreparedUsers {
  const matchable: { index: number; person: PersonCells }[] = []
  const rejected = new Map<number, Reason>()
  const unusable: Record<string, number> = {}
  for (const [index, record] of records.entries()) {
    const person = toPersonCells(record)
    for (const field of person.unusable) unusable[field] = (unusable[field] ?? 0) + 1
    const reason = whyUnmatchable(person)
    if (reason) rejected.set(index, reason)
    else matchable.push({ index, person })
  }
  return { matchable, rejected, unusable }
}

/**
 * The rows of one request. The schema holds only keys that somebody has; each row has all its columns, empty where a person lacks
 * the key, since a row of another length fails the whole request.
 */
export function toUserPayload(
  persons: readonly PersonCells[],
  limitedDataUse: MetaConfig['limited_data_use'],
): UserPayload {
  const schema = usedKeys(persons)
  const options: readonly Cell[] = limitedDataUse
    ? [['LDU'], limitedDataUse.country, limitedDataUse.state]
    : []
  return {
    schema: [...schema, ...(limitedDataUse ? optionColumns : [])],
    data: persons.map(({ cells }) => [...schema.map((key) => cells.get(key) ?? ''), ...options]),
  }
}

const optionColumns = [
  'DATA_PROCESSING_OPTIONS',
  'DATA_PROCESSING_OPTIONS_COUNTRY',
  'DATA_PROCESSING_OPTIONS_STATE',
] as const

function usedKeys(persons: readonly PersonCells[]): MetaKey[] {
  const used = new Set<MetaKey>()
  for (const { cells } of persons) for (const key of cells.keys()) used.add(key)
  return keyRules.map((rule) => rule.key).filter((key) => used.has(key))
}

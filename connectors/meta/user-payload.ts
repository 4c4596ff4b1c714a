import type { DestinationRecord } from '../../core/connector/destination.ts'
import { eachInPieces, mapInPieces } from '../../core/connector/in-pieces.ts'
import type { Reason } from '../../core/connector/outcome.ts'
import { dataUseColumns, type LimitedDataUse } from './data-use.ts'
import { valueField, whyWorthless } from './lookalike-value.ts'
import { keyRules, type MetaKey } from './normalise/rules.ts'
import { toPersonCells, whyUnmatchable, type PersonCells } from './person-cells.ts'

/** What Meta takes in one request: https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users/. */
export const rowsPerRequest = 10_000

/** One column of one person: a key, a value, or a Limited Data Use setting. */
type Cell = string | number | readonly string[]

export interface UserPayload {
  readonly schema: readonly string[]
  readonly data: readonly (readonly Cell[])[]
}

/** A person ready to be sent, with their place in the batch. */
export interface MatchablePerson {
  readonly index: number
  readonly person: PersonCells
}

/** Records ready to be sent, and those that no key can match. */
export interface PreparedUsers {
  readonly matchable: readonly MatchablePerson[]
  readonly rejected: ReadonlyMap<number, Reason>
  /** How many values of each field were left out because they are of no use. */
  readonly unusable: Readonly<Record<string, number>>
}

/** Normalises, hashes and sorts out the records of a batch. Rows of a value-based audience need their value. */
export async function prepareUsers(
  records: readonly DestinationRecord[],
  { needsValue = false }: { readonly needsValue?: boolean } = {},
): Promise<PreparedUsers> {
  const matchable: MatchablePerson[] = []
  const rejected = new Map<number, Reason>()
  const unusable: Record<string, number> = {}
  await eachInPieces(records, (record, index) => {
    const person = toPersonCells(record)
    for (const field of person.unusable) unusable[field] = (unusable[field] ?? 0) + 1
    const reason = whyUnmatchable(person) ?? (needsValue ? whyWorthless(person) : undefined)
    if (reason) rejected.set(index, reason)
    else matchable.push({ index, person })
  })
  return { matchable, rejected, unusable }
}

/** Columns beside the keys. */
export interface PayloadOptions {
  readonly limitedDataUse?: LimitedDataUse | undefined
  /** Rows of a value-based audience. */
  readonly withValue?: boolean
}

/**
 * The rows of one request. The schema holds only keys that somebody has; each row has all its columns, empty where a person lacks
 * the key, since a row of another length fails the whole request.
 */
export async function toUserPayload(
  persons: readonly PersonCells[],
  options: PayloadOptions = {},
): Promise<UserPayload> {
  const { limitedDataUse: use, withValue = false } = options
  const schema = usedKeys(persons)
  const settings: readonly Cell[] = use ? [['LDU'], use.country, use.state] : []
  return {
    schema: [...schema, ...(withValue ? [valueField] : []), ...(use ? dataUseColumns : [])],
    data: await mapInPieces(persons, ({ cells, value }) => [
      ...schema.map((key) => cells.get(key) ?? ''),
      ...(withValue ? [value ?? ''] : []),
      ...settings,
    ]),
  }
}

function usedKeys(persons: readonly PersonCells[]): MetaKey[] {
  const used = new Set<MetaKey>()
  for (const { cells } of persons) for (const key of cells.keys()) used.add(key)
  return keyRules.map((rule) => rule.key).filter((key) => used.has(key))
}

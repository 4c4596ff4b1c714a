import type { LimitedDataUse } from './data-use.ts'
import { rowsPerRequest, type MatchablePerson } from './user-payload.ts'

/** The rows of one request: all under the same Limited Data Use. */
export interface UserRequest {
  readonly rows: readonly MatchablePerson[]
  readonly limitedDataUse: LimitedDataUse | undefined
}

/**
 * Cuts people into requests. Rows under different Limited Data Use go in different ones: Meta does not say how rows with and without
 * limits stand beside each other. `standard` is for those whose row says nothing.
 */
export function toUserRequests(
  matchable: readonly MatchablePerson[],
  standard: LimitedDataUse | undefined,
): UserRequest[] {
  const useOf = ({ person }: MatchablePerson): LimitedDataUse | undefined =>
    person.dataUse === 'off' ? undefined : (person.dataUse ?? standard)
  const groups = Map.groupBy(matchable, (row) => JSON.stringify(useOf(row) ?? null))
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows
    const limitedDataUse = first && useOf(first)
    return Array.from({ length: Math.ceil(rows.length / rowsPerRequest) }, (_, part) => ({
      rows: rows.slice(part * rowsPerRequest, (part + 1) * rowsPerRequest),
      limitedDataUse,
    }))
  })
}

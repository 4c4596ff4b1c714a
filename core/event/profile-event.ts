import type { Identifier } from '../profile/map-identifiers.ts'
import type { TraitValue } from '../profile/trait-value.ts'

/** What one source record says that a person did. */
export interface ProfileEvent {
  readonly name: string
  /** Distinguishes events of one name from one source record: 1 for the first. */
  readonly ordinal: number
  /** Epoch milliseconds. */
  readonly time: number
  /** Identifiers of who did it; never empty. */
  readonly person: readonly Identifier[]
  /** True when the source record itself stands for that person: all these identifiers are its own. */
  readonly own: boolean
  readonly properties: Readonly<Record<string, TraitValue>>
}

/**
 * A typed value of a trait or event property: text, number, boolean, list of texts; a `date` counts days and a `datetime`
 * microseconds since 1970-01-01 UTC, both as `bigint`.
 */
export type Value = string | number | boolean | bigint | readonly string[]

/** Truth of a condition for one person: true, false, or null for unknown. */
export type Truth = boolean | null

/** One event of a person. Of two at the same microsecond, the one with the smaller message id (by code points) is the earlier. */
export interface PersonEvent {
  readonly messageId: string
  readonly name: string
  /** Microseconds since 1970-01-01 UTC. */
  readonly time: bigint
  readonly properties: Readonly<Record<string, Value | undefined>>
}

/** All that rules can ask about one person. What is absent is missing. */
export interface Person {
  readonly traits: Readonly<Record<string, Value | undefined>>
  /** Every normalised identifier of each kind, of all source records. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>
  /** State by `consentKey(purpose, channel)`. */
  readonly consents: Readonly<Record<string, 'granted' | 'denied' | undefined>>
  readonly events: readonly PersonEvent[]
  /** Segments the person is a member of. */
  readonly segments: ReadonlySet<string>
  /** Asked by `sample` and `rank`. */
  readonly profileId?: bigint
  /** Syncs whose audience holds the person. */
  readonly audiences?: ReadonlySet<string>
  /** Keys of the `rank` conditions within which the person stands, by `rankKey`: nobody's rank can be told from one person alone. */
  readonly ranks?: ReadonlySet<string>
}

/** Key of one consent in `Person.consents`. */
export function consentKey(purpose: string, channel: string): string {
  return `${purpose}.${channel}`
}

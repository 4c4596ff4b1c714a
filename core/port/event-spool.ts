/** A call of a client, as its bytes came: JSON that was parsed once, and not looked into. */
export interface SpooledCall {
  /** "track", "batch" …: what the address named. */
  readonly route: string
  /** The name that its write key was made for. */
  readonly source: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** How often the client had tried before, as it said itself. */
  readonly retries: number
  readonly body: Uint8Array
}

/** A call that is kept, by the number of its arrival. */
export interface KeptCall extends SpooledCall {
  readonly number: number
}

/** What became of events, counted for ever. `differing`: repeated with another content than the first, which stays. */
export const eventFates = ['stored', 'repeated', 'differing', 'quarantined', 'declined'] as const
export type EventFate = (typeof eventFates)[number]

export interface FateCount {
  readonly source: string
  readonly fate: EventFate
  readonly count: number
}

/** An event by digests: which it is, and what it says. */
export interface EventMark {
  readonly code: string
  readonly content: string
}

/** What draining calls did, written all or nothing. */
interface DrainedCalls {
  /** Number of the last call that was drained. */
  readonly through: number
  /** Bytes of their bodies. */
  readonly bytes: number
  readonly marks: readonly EventMark[]
  readonly fates: readonly FateCount[]
  /** Epoch milliseconds. */
  readonly at: number
}

/** Calls between their acknowledgement and the warehouse, and the events that are known by their id. */
export interface EventSpool {
  /** Keeps all of them or none, durably when it returns. */
  keep(calls: readonly SpooledCall[]): void
  /** The oldest calls that wait, in the order of their arrival; as many as `mostBytes` holds, at least one. */
  waiting(mostBytes: number): KeptCall[]
  /** Bytes of the calls that wait. */
  waitingBytes(): number
  /** When the oldest call that waits came, epoch milliseconds; undefined: none waits. */
  oldestWaitingAt(): number | undefined
  /** Writes something small, durably, to see that it can be done. Throws `store.*`. */
  probe(): void
  /** Digests of the contents of those events that are known, by code. */
  known(codes: readonly string[]): ReadonlyMap<string, string>
  settle(drained: DrainedCalls): void
  /** Drops calls that were drained, and events that were marked, before these instants (epoch milliseconds). */
  forget(before: { readonly calls: number; readonly marks: number }): void
  fates(): FateCount[]
  /** Drops all that was drained and rewrites the file without the remains of it. */
  compact(): void
  close(): void
}

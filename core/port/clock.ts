/** The only source of time. Tests hand in a clock that they move by hand; nothing in `core` or `connectors` calls `Date.now`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The only source of randomness. Returns a number in [0, 1). */
export type Random = () => number

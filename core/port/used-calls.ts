/** Calls that are good once. What names them is a digest: nothing of what was sent is kept. */
export interface UsedCalls {
  /**
   * Notes durably that a call of a connection was used, and tells whether it is the first time. Forgets those that are stale at `now`
   * (epoch milliseconds), which are refused for their age.
   */
  useOnce(call: UsedCall, now: number): Promise<boolean>
}

/** `staleAt` in epoch milliseconds. */
interface UsedCall {
  readonly connection: string
  /** SHA-256, hexadecimal. */
  readonly digest: string
  readonly staleAt: number
}

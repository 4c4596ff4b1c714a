/** What a platform last told of one of its quotas. */
export interface Quota {
  readonly connection: string
  /** Name of the rate budget whose calls told it. */
  readonly budget: string
  /** Length of the quota's window in milliseconds. */
  readonly windowMs: number
  readonly left: number
  /** How much there is in one window. */
  readonly of: number
  /** Below a tenth, and from then on until a fifth is left again: so that what lies at the edge is not told over and over. */
  readonly isLow: boolean
  /** When it was told, in epoch milliseconds. */
  readonly at: number
}

/** What is left of the quotas of platforms, as their answers told it last. */
export interface QuotaBook {
  /** Keeps what was told in the place of what was told before. */
  noteQuota(told: Omit<Quota, 'isLow'>): Promise<void>
  /** Those whose window is not over at `now`, by connection and budget. */
  quotas(now: number): Promise<Quota[]>
}

/** What is left of a quota, of how much, in windows of which length in milliseconds; `of` is above 0. */
export interface QuotaReading {
  readonly windowMs: number
  readonly left: number
  readonly of: number
}

/**
 * A platform's published limit as data. The hub keeps one limiter per (connection, budget), shared by everything that talks to
 * that account; it slows down on the platform's refusals and follows the headers that tell the truth.
 */
export interface RateBudget {
  readonly name: string
  /** What the platform counts by. */
  readonly scope: 'account' | 'app' | 'endpoint'
  /** How much may be spent in one window. */
  readonly limit: number
  /** Length of the window in milliseconds. */
  readonly windowMs: number
  /** How many calls may be under way at once. Default 4. */
  readonly maxConcurrent?: number
  /** Vendor page or document that publishes the limit. */
  readonly source: string
  /** Reads what is left of the window out of an answer's headers, where the platform tells. */
  readonly readRemaining?: (headers: Readonly<Record<string, string>>) => number | undefined
  /**
   * Reads what is left of longer quotas out of an answer's headers, for people who watch over them. Absent: what `readRemaining` tells of this budget,
   * where its window is an hour or more.
   */
  readonly readQuotas?: (headers: Readonly<Record<string, string>>) => readonly QuotaReading[]
}

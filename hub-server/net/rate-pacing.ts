import type { RateBudget } from '../../core/connector/rate-budget.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** Share of a long window that may be spent at once; the rest is handed out evenly, so that no rolling window is exceeded. */
const burstShare = 0.03
/** What a platform charges for one call at most where it counts calls by weight: Meta's write costs three points. */
const smallestBurst = 3
const defaultConcurrency = 4
/** How often a long window's budget grows, at least; Bottleneck looks at its clock every 250 ms. */
const refillsPerWindow = 240
const tickMs = 250
/** Bottleneck's ticks come late, never early: asking for a little less than a tick keeps it from missing one by a millisecond. */
const tickSlackMs = 100

/** How fast, and by how many, a budget is spent. */
export interface PaceOptions {
  /** Share of the published limit, in (0, 1]: what refusals have left of it. */
  readonly pace: number
  /** Share of this process, in (0, 1]: below 1 where others spend the same budget and cannot be asked. Default 1. */
  readonly share?: number
  /** True when the budget lives in Redis, where time is counted exactly. Default false. */
  readonly shared?: boolean
}

/** Settings of Bottleneck that may be changed while it works. */
export interface Pacing {
  readonly minTime?: number
  readonly maxConcurrent?: number
  readonly reservoirIncreaseAmount?: number
  readonly reservoirIncreaseInterval?: number
  readonly reservoirIncreaseMaximum?: number
}

/**
 * Windows up to a minute are paced evenly (a rolling window is then never exceeded), longer ones get a small burst and an even
 * refill, daily quotas are spent freely until the platform says stop: pacing them would slow every large sync for nothing.
 */
export function toPacing(budget: RateBudget, { pace, share = 1, shared = false }: PaceOptions): Pacing {
  const { windowMs } = budget
  const limit = budget.limit * share
  const maxConcurrent = Math.max(1, Math.floor((budget.maxConcurrent ?? defaultConcurrency) * share))
  if (windowMs <= minuteMs) {
    const spacingMs = windowMs / (limit * pace)
    // Bottleneck's scripts in Redis fail on parts of a millisecond.
    return { minTime: shared ? Math.ceil(spacingMs) : spacingMs, maxConcurrent }
  }
  if (windowMs >= dayMs) return { maxConcurrent }
  // No maxConcurrent beside a reservoir: Bottleneck adds the weights of calls up against it.
  const burst = burstOf(budget, share)
  const refill = nearestRefill(((limit - burst) * pace) / windowMs, windowMs)
  return {
    reservoirIncreaseAmount: refill.amount,
    reservoirIncreaseInterval: refill.intervalMs - (shared ? 0 : tickSlackMs),
    reservoirIncreaseMaximum: burst,
  }
}

/** How much may be spent at once; undefined where calls are spaced or spent freely. */
export function startingReservoir(budget: RateBudget, share: number): number | undefined {
  return budget.windowMs > minuteMs && budget.windowMs < dayMs ? burstOf(budget, share) : undefined
}

/** What a call of this cost takes out of the limiter: 1 where calls are spaced, never more than there can be at once. */
export function weightOf(budget: RateBudget, cost: number, share: number): number {
  return Math.min(cost, startingReservoir(budget, share) ?? 1)
}

const burstOf = ({ limit }: RateBudget, share: number): number =>
  Math.max(smallestBurst, Math.floor(limit * share * burstShare))

/** The whole amount at a whole number of ticks that comes nearest to `perMs`, never above it. */
function nearestRefill(perMs: number, windowMs: number): { amount: number; intervalMs: number } {
  const shortest = Math.ceil(Math.max(windowMs / refillsPerWindow, 1 / perMs) / tickMs) * tickMs
  let best = { amount: Math.max(1, Math.floor(perMs * shortest)), intervalMs: shortest }
  for (let intervalMs = shortest; intervalMs <= 4 * shortest; intervalMs += tickMs) {
    const amount = Math.floor(perMs * intervalMs)
    if (amount / intervalMs > best.amount / best.intervalMs) best = { amount, intervalMs }
  }
  return best
}

import { z } from 'zod'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { MetaConfig } from './config.ts'
import { parseHeader } from './usage-headers.ts'

const hourMs = 3_600_000
const docs = 'https://developers.facebook.com/docs/marketing-api/overview/rate-limiting'
const graphDocs = 'https://developers.facebook.com/docs/graph-api/overview/rate-limiting'

const percent = z.number().min(0)
const load = z.object({
  call_count: percent.default(0),
  total_time: percent.default(0),
  total_cputime: percent.default(0),
})
const businessUsage = z.record(z.string(), z.array(load.extend({ type: z.string() })))
const accountUsage = z.object({ acc_id_util_pct: percent })
const insightsThrottle = z.object({
  app_id_util_pct: percent.default(0),
  acc_id_util_pct: percent.default(0),
})

const busiest = (use: z.output<typeof load>): number =>
  Math.max(use.call_count, use.total_time, use.total_cputime)

const remaining = (limit: number, used: number | undefined): number | undefined =>
  used === undefined ? undefined : Math.max(0, Math.floor(limit * (1 - used / 100)))

const largest = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values)

/** Per cent of the hour's calls of one kind used, by the busiest account the header names. */
function readUse(
  headers: Readonly<Record<string, string>>,
  type: 'custom_audience' | 'ads_insights',
): number | undefined {
  const usage = parseHeader(headers, 'x-business-use-case-usage', businessUsage)
  const loads = Object.values(usage ?? {}).flat()
  return largest(loads.filter((entry) => entry.type === type).map(busiest))
}

/** Insights have a header of their own beside the common one; the larger figure is the nearer limit. */
function readInsightsUse(headers: Readonly<Record<string, string>>): number | undefined {
  const own = parseHeader(headers, 'x-fb-ads-insights-throttle', insightsThrottle)
  const common = readUse(headers, 'ads_insights')
  return largest([
    ...(own ? [own.app_id_util_pct, own.acc_id_util_pct] : []),
    ...(common === undefined ? [] : [common]),
  ])
}

const audienceBudget = (tier: MetaConfig['access_tier'], limit: number): RateBudget => ({
  name: `custom_audience_${tier}`,
  scope: 'account',
  limit,
  windowMs: hourMs,
  source: docs,
  readRemaining: (headers) => remaining(limit, readUse(headers, 'custom_audience')),
})

const insightsBudget = (tier: MetaConfig['access_tier'], limit: number): RateBudget => ({
  name: `ads_insights_${tier}`,
  scope: 'account',
  limit,
  windowMs: hourMs,
  source: docs,
  readRemaining: (headers) => remaining(limit, readInsightsUse(headers)),
})

const scoreBudget = (tier: MetaConfig['access_tier'], limit: number): RateBudget => ({
  name: `account_score_${tier}`,
  scope: 'account',
  limit,
  windowMs: 300_000,
  source: docs,
  readRemaining: (headers) =>
    remaining(limit, parseHeader(headers, 'x-ad-account-usage', accountUsage)?.acc_id_util_pct),
})

/**
 * Meta's published limits, once per access tier. Custom-audience calls grow by 40 an hour with each active audience, insights calls
 * by 400 with each active ad; the base is used, since those numbers are not known. A read of the account costs one point of its score, a write three.
 */
export const metaBudgets: readonly RateBudget[] = [
  audienceBudget('limited', 5_000),
  audienceBudget('full', 190_000),
  insightsBudget('limited', 600),
  insightsBudget('full', 190_000),
  scoreBudget('limited', 60),
  scoreBudget('full', 9_000),
  {
    name: 'app_calls',
    scope: 'app',
    limit: 200,
    windowMs: hourMs,
    source: graphDocs,
    readRemaining: (headers) => {
      const use = parseHeader(headers, 'x-app-usage', load)
      return remaining(200, use && busiest(use))
    },
  },
]

/** Name of the budget that calls on audiences are paid from. */
export function audienceBudgetOf(config: MetaConfig): string {
  return `custom_audience_${config.access_tier}`
}

/** Name of the budget that reports are paid from. */
export function insightsBudgetOf(config: MetaConfig): string {
  return `ads_insights_${config.access_tier}`
}

/** Name of the budget that calls on the ad account itself are paid from. */
export function scoreBudgetOf(config: MetaConfig): string {
  return `account_score_${config.access_tier}`
}

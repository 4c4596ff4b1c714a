import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { GoogleAdsConfig } from './config.ts'

const dayMs = 86_400_000
const adsDocs = 'https://developers.google.com/google-ads/api/docs/access-levels'

/** Calls are spaced evenly: 97 % is never refused as long as a call arrives less than 3 % of a minute before its time. */
const usableShare = 0.97

/**
 * Google's published limits. Data Manager also allows 100,000 requests a day for a project; a call is paid from one budget, so that
 * one is met when Google says so (`platform.quota_exhausted`). Google Ads counts operations (a search is one, each change is one) in
 * a sliding day; standard access has no published number, and the hub keeps to 600 a minute until Google says less.
 */
export const googleAdsBudgets: readonly RateBudget[] = [
  {
    name: 'data_manager',
    scope: 'app',
    limit: Math.floor(300 * usableShare),
    windowMs: 60_000,
    source: 'https://developers.google.com/data-manager/api/limits',
  },
  { name: 'operations_explorer', scope: 'app', limit: 2_880, windowMs: dayMs, source: adsDocs },
  { name: 'operations_basic', scope: 'app', limit: 15_000, windowMs: dayMs, source: adsDocs },
  { name: 'operations_standard', scope: 'app', limit: 600, windowMs: 60_000, source: adsDocs },
  {
    // No number is published for the token endpoint; an hour's token is renewed once an hour.
    name: 'token',
    scope: 'app',
    limit: 60,
    windowMs: 60_000,
    source: 'https://developers.google.com/identity/protocols/oauth2',
  },
]

/** Name of the budget that Google Ads operations are paid from. */
export function operationsBudgetOf(config: GoogleAdsConfig): string {
  return `operations_${config.access_level}`
}

import type { RateBudget } from '../../core/connector/rate-budget.ts'
import { readApiUsage } from './limit-info.ts'

/** Name of the budget that every REST call is paid from. */
export const apiBudget = 'daily_api'
/** Name of the budget that new Bulk API 2.0 jobs are paid from. */
export const bulkJobBudget = 'daily_bulk_jobs'
/** Name of the budget that polls of the change feed are paid from. */
export const streamingBudget = 'daily_events'

const dayMs = 86_400_000

/**
 * The edition decides the daily number (15,000 in a Developer org, 100,000 and more in Enterprise and above); the header tells the
 * org's own. Calls are counted over a rolling day, so they are spent freely until `daily_usage_ceiling`.
 */
export const salesforceBudgets: readonly RateBudget[] = [
  {
    name: apiBudget,
    scope: 'account',
    limit: 100_000,
    windowMs: dayMs,
    maxConcurrent: 4,
    source:
      'https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm',
    readRemaining: (headers) => {
      const usage = readApiUsage(headers)
      return usage && Math.max(0, usage.max - usage.used)
    },
    readQuotas: (headers) => {
      const usage = readApiUsage(headers)
      return usage ? [{ windowMs: dayMs, left: Math.max(0, usage.max - usage.used), of: usage.max }] : []
    },
  },
  {
    name: bulkJobBudget,
    scope: 'account',
    limit: 10_000,
    windowMs: dayMs,
    maxConcurrent: 1,
    source:
      'https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_bulkapi.htm',
  },
  {
    // The smallest edition's allocation. Salesforce counts events and not polls; it says itself when they are used up.
    name: streamingBudget,
    scope: 'account',
    limit: 10_000,
    windowMs: dayMs,
    // One client of the feed at a time: an org has as few as twenty places for all its apps.
    maxConcurrent: 1,
    source:
      'https://developer.salesforce.com/docs/atlas.en-us.change_data_capture.meta/change_data_capture/cdc_allocations.htm',
  },
]

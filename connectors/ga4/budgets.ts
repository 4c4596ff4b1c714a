import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { Ga4Config } from './config.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const quotas = 'https://developers.google.com/analytics/devguides/reporting/data/v1/quotas'

/** Name under which an answer's `propertyQuota` is handed to the limiter: the tokens left, of the tightest token quota. */
export const tokensLeftHeader = 'x-property-tokens-left'

/** Tokens that most requests stay below (google/analytics/data/v1beta/data.proto, PropertyQuota.tokens_per_day). */
export const usualTokens = 10

/**
 * Data API (core) quotas of one property. The limiter spends the tightest token quota, that of one project on one property in an
 * hour (35 % of the hourly tokens); what other tools use of the hourly and daily ones is told by each answer.
 */
function coreTokens(name: string, limit: number, maxConcurrent: number): RateBudget {
  return {
    name,
    scope: 'account',
    limit,
    windowMs: hourMs,
    maxConcurrent,
    source: quotas,
    readRemaining(headers) {
      const left = headers[tokensLeftHeader]
      return left === undefined ? undefined : Number(left)
    },
  }
}

/** Published limits as data. The names of the core budgets are the property's tiers. */
export const ga4Budgets: readonly RateBudget[] = [
  coreTokens('core_tokens_standard', 14_000, 10),
  coreTokens('core_tokens_analytics_360', 140_000, 50),
  {
    name: 'admin_requests',
    scope: 'app',
    limit: 600,
    windowMs: minuteMs,
    source: 'https://developers.google.com/analytics/devguides/config/admin/v1/quotas',
  },
  {
    name: 'measurement_requests',
    scope: 'account',
    // Google publishes no limit for the Measurement Protocol; this is a courtesy of ours.
    limit: 100,
    windowMs: 1000,
    maxConcurrent: 10,
    source: 'https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events',
  },
  {
    name: 'token_requests',
    scope: 'app',
    // Google publishes no limit for the token endpoint; one grant an hour is needed.
    limit: 60,
    windowMs: minuteMs,
    source: 'https://developers.google.com/identity/protocols/oauth2',
  },
]

/** The core budget that this connection's property falls under. */
export const coreBudgetOf = (config: Ga4Config): string => `core_tokens_${config.property_tier}`
